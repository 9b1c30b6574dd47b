"""Text to category and unit: a linear model on character n-grams that suggests, abstains, and never decides."""

from xiancheng.operations.suggesting.evaluation import Evaluation
from xiancheng.operations.suggesting.model import SuggestionModel, TextSuggestion
from xiancheng.operations.suggesting.settings import SuggestionSettings, load_settings
from xiancheng.operations.suggesting.storing import content_hash, load_model, save_model
from xiancheng.operations.suggesting.training import train

__all__ = [
    "Evaluation",
    "SuggestionModel",
    "SuggestionSettings",
    "TextSuggestion",
    "content_hash",
    "load_model",
    "load_settings",
    "save_model",
    "train",
]
