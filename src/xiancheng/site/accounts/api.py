"""Units, people, roles, tokens: the API."""

from __future__ import annotations

from ninja import Router

from xiancheng.site.accounts.accounts_api import router as accounts
from xiancheng.site.accounts.roles_api import router as roles
from xiancheng.site.accounts.tokens_api import router as tokens
from xiancheng.site.accounts.units_api import router as units

router = Router(tags=["people"])
router.add_router("/units", units)
router.add_router("/accounts", accounts)
router.add_router("/roles", roles)
router.add_router("/tokens", tokens)
