"""What can be permitted."""

from __future__ import annotations

from enum import StrEnum

from xiancheng.foundation.text import Text


class Permission(StrEnum):
    """Something a role may allow. Classes of features are granted beside these, see `Subject`."""

    PROGRAMME_VIEW = "programme.view"
    ASSESSMENT_RUN = "assessment.run"
    ASSESSMENT_EXPORT = "assessment.export"
    ACCESS_USE = "access.use"
    ACCESS_SAVE = "access.save"
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
    Permission.ACCESS_SAVE: Scope.WRITE,
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

TITLES: dict[Permission, Text] = {
    Permission.PROGRAMME_VIEW: Text("查看方案与数值", "see the programme and its figures"),
    Permission.ASSESSMENT_RUN: Text("重新计算数值", "compute the figures again"),
    Permission.ASSESSMENT_EXPORT: Text("导出数值与报告", "export figures and reports"),
    Permission.ACCESS_USE: Text("可达分析与假设推演", "analyse access, try what-if"),
    Permission.ACCESS_SAVE: Text("保存推演方案", "keep what-if scenarios"),
    Permission.MODEL_HISTORY: Text("查看要素的历史", "see the history of features"),
    Permission.MODEL_EDIT: Text("编辑登记册", "edit registers"),
    Permission.MODEL_IMPORT: Text("导入文件", "import files"),
    Permission.MODEL_EXPORT: Text("导出登记册", "export registers"),
    Permission.MODEL_PUBLISH: Text("发布快照", "publish snapshots"),
    Permission.JOBS_VIEW: Text("查看后台任务", "see the jobs"),
    Permission.PEOPLE_VIEW: Text("查看人员与单位", "see people and units"),
    Permission.PEOPLE_MANAGE: Text("管理人员与单位", "manage people and units"),
    Permission.AUDIT_VIEW: Text("查看审计日志", "see the audit log"),
}
"""Permissions in words. A test sees that none is missing."""

SCOPE_TITLES: dict[Scope, Text] = {
    Scope.READ: Text("读取", "read"),
    Scope.EXPORT: Text("导出", "export"),
    Scope.WRITE: Text("写入", "write"),
    Scope.MANAGE: Text("管理人员与审计", "manage people, see the audit log"),
}
