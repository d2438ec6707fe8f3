"""What the kinds of measurement studies are called: one place for terminal, pages and reports."""

from __future__ import annotations

from collections.abc import Mapping

NAMES: Mapping[str, Mapping[str, str]] = {
    "gauge_rr": {"zh": "量具重复性与再现性", "en": "Gauge repeatability and reproducibility"},
    "bias_study": {"zh": "偏倚研究", "en": "Bias study"},
    "linearity": {"zh": "线性研究", "en": "Linearity study"},
    "type_1": {"zh": "一类研究（Cg、Cgk）", "en": "Type 1 study (Cg, Cgk)"},
    "attribute_agreement": {"zh": "属性一致性", "en": "Attribute agreement"},
    "stability_study": {"zh": "测量系统稳定性", "en": "Stability of a measuring system"},
    "control_chart": {"zh": "控制图", "en": "Control chart"},
    "check_standard": {"zh": "核查标准", "en": "Check standard"},
    "calibration_curve": {"zh": "校准曲线", "en": "Calibration curve"},
    "gauge_bias": {"zh": "各量具之间的偏倚", "en": "Bias of gauges against each other"},
    "nested": {"zh": "三级嵌套", "en": "Three nested levels"},
    "capability_with_uncertainty": {
        "zh": "计及测量不确定度的过程能力",
        "en": "Capability with measurement uncertainty",
    },
    "declared_statistics": {"zh": "过程能力与供方声明", "en": "Capability and what a supplier declares"},
    "interval_attributes": {"zh": "校准间隔（按合格率）", "en": "Calibration interval from counts in tolerance"},
    "interval_variables": {"zh": "校准间隔（按漂移）", "en": "Calibration interval from drift"},
    "energy_balance": {"zh": "能量平衡远程校验", "en": "Remote metering by energy balance"},
    "colocation": {"zh": "同址比对", "en": "Colocation"},
    "survey_points": {"zh": "分段测点与设计的偏差", "en": "Survey points of a block against its design"},
}
"""Kind → its name in Chinese and English."""
