"""Assessments in the API: what is due on a consignment, by whom it is collected, and why."""

from __future__ import annotations

from typing import Any

from entrepot import web
from entrepot.api.operations import Resource
from entrepot.customs.assess import assess_json
from entrepot.customs.overlays import FOLDER
from entrepot.customs.schemas import AssessmentInSchema, AssessmentSchema

assessments = Resource("Assessments", __name__, "Duty, tax and fees of a consignment, explained.")
resources = (assessments,)


@assessments.operation("POST", "/assessments", answer=AssessmentSchema, body=AssessmentInSchema, scope="catalog.view")
def assess_consignment(body: dict[str, Any]) -> dict[str, Any]:
    """Assess a consignment with the installed rule packs and the merchant's own records"""
    return assess_json(body, local=web.runtime().settings.data_dir / FOLDER)
