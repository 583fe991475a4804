"""Randomised problems on how gradients flow through networks: drawn, solved exactly, judged step by step."""

from __future__ import annotations

from problems.cohort import ClassDraw, draw_class, draw_like
from problems.diagram import network_svg
from problems.difficulty import Difficulty, difficulty_of
from problems.drawing import draw, draw_many, solve_many
from problems.errors import BadAnswers, BadGiven, BadOption, BadProblem, NoFairDraw, ProblemError, UnknownFamily
from problems.givens import GivenRow, given_rows
from problems.grading import GRADER_VERSION, EntryGrade, Grade, MarkScheme, StepGrade, grade
from problems.information import families, family
from problems.plots import gradient_svg
from problems.posing import pose
from problems.problem import Problem
from problems.solution import SolvedStep, worked_solution
from problems.solving import ranges, solve
from problems.storing import fingerprint, from_dict, from_json, to_dict, to_json
from problems.stress import StressReport, stress
from problems.stress_picture import stress_svg

__all__ = [
    "GRADER_VERSION",
    "BadAnswers",
    "BadGiven",
    "BadOption",
    "BadProblem",
    "ClassDraw",
    "Difficulty",
    "EntryGrade",
    "GivenRow",
    "Grade",
    "MarkScheme",
    "NoFairDraw",
    "Problem",
    "ProblemError",
    "SolvedStep",
    "StepGrade",
    "StressReport",
    "UnknownFamily",
    "difficulty_of",
    "draw",
    "draw_class",
    "draw_like",
    "draw_many",
    "families",
    "family",
    "fingerprint",
    "from_dict",
    "from_json",
    "given_rows",
    "grade",
    "gradient_svg",
    "network_svg",
    "pose",
    "ranges",
    "solve",
    "solve_many",
    "stress",
    "stress_svg",
    "to_dict",
    "to_json",
    "worked_solution",
]
