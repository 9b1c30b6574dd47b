"""What can be permitted."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """Something a role may allow. Classes of features are granted beside these, see `Subject`."""

    PROGRAMME_VIEW = "programme.view"
    ASSESSMENT_RUN = "assessment.run"
    ASSESSMENT_EXPORT = "assessment.export"
    ACCESS_USE = "access.use"
    MODEL_HISTORY = "model.history"
    MODEL_EDIT = "model.edit"
    MODEL_IMPORT = "model.import"
    MODEL_EXPORT = "model.export"
    MODEL_PUBLISH = "model.publish"
    JOBS_VIEW = "jobs.view"
    PEOPLE_VIEW = "people.view"
    PEOPLE_MANAGE = "people.manage"
    AUDIT_VIEW = "audit.view"


class Scope(StrEnum):
    """What an API token may be used for; it never allows more than its owner may do."""

    READ = "read"
    EXPORT = "export"
    WRITE = "write"
    MANAGE = "manage"


SCOPE_OF: dict[Permission, Scope] = {
    Permission.PROGRAMME_VIEW: Scope.READ,
    Permission.ASSESSMENT_RUN: Scope.WRITE,
    Permission.ASSESSMENT_EXPORT: Scope.EXPORT,
    Permission.ACCESS_USE: Scope.READ,
    Permission.MODEL_HISTORY: Scope.READ,
    Permission.MODEL_EDIT: Scope.WRITE,
    Permission.MODEL_IMPORT: Scope.WRITE,
    Permission.MODEL_EXPORT: Scope.EXPORT,
    Permission.MODEL_PUBLISH: Scope.WRITE,
    Permission.JOBS_VIEW: Scope.READ,
    Permission.PEOPLE_VIEW: Scope.MANAGE,
    Permission.PEOPLE_MANAGE: Scope.MANAGE,
    Permission.AUDIT_VIEW: Scope.MANAGE,
}
