"""The command line `suyuan`: commands gathered, and the one place where what goes wrong is put into words.

Nobody sees a traceback: what is refused is told with what, where, why and what to do (exit 2); what nobody foresaw is
told shortly with how to report it (exit 2, the traceback only with `--debug`).
"""

from __future__ import annotations

import difflib
import os
import re
import sys
import traceback
from typing import Annotated, Any

import typer

from suyuan.cli import (
    carbon,
    carbon_cems,
    carbon_factor,
    carbon_forest,
    carbon_manage,
    carbon_papers,
    carbon_service,
    carbon_statements,
    carbon_template,
    centre,
    centre_documents,
    certificate,
    command,
    compare,
    compare_round,
    compare_tested,
    data,
    data_catalogue,
    data_quality,
    doctor,
    evaluate,
    gaps,
    impact,
    industry,
    lake,
    match,
    matter,
    practice,
    register,
    series,
    site,
    study,
    talent,
    trace,
)
from suyuan.cli.language import Language, term
from suyuan.cli.output import BAD_INPUT, FINE, STOPPED, Page, print_json
from suyuan.quantity.finding import Finding, Refused, finding

commands = typer.Typer(
    name="suyuan", help=term("help.suyuan"), add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False, cls=command.Group, invoke_without_command=True,
)  # fmt: skip


@commands.callback()
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help=term("help.version"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=term("help.json"))] = False,
    lang: Annotated[Language | None, typer.Option("--lang", help=term("help.lang"))] = None,
) -> None:
    """What stands before a command."""
    if version:
        release = doctor.release()
        if as_json:
            print_json({"command": "version", "exit": FINE, "findings": (), "suyuan": release})
        else:
            print(f"suyuan {release}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def _gather() -> None:
    certificates, schemas, traces = command.group("certificate"), command.group("schemas"), command.group("trace")
    command.add(commands, "evaluate", evaluate.Evaluate, evaluate.run)
    command.add(commands, "study", study.AskedStudy, study.run)
    for name, asked, run in certificate.COMMANDS:
        command.add(certificates, name, asked, run, f"certificate {name}")
    for name, asked, run in certificate.SCHEMAS:
        command.add(schemas, name, asked, run, f"certificate schemas {name}")
    certificates.add_typer(schemas)
    commands.add_typer(certificates)
    command.add(traces, "chain", trace.Chain, trace.run, "trace chain")
    command.add(traces, "impact", impact.WhatIf, impact.run, "trace impact")
    commands.add_typer(traces)
    comparisons = command.group("compare", compare.Either)
    for name, asked, run in (*compare.COMMANDS, *compare_round.COMMANDS, *compare_tested.COMMANDS):
        command.add(comparisons, name, asked, run, f"compare {name}")
    commands.add_typer(comparisons)
    _gather_service()
    _gather_measured()
    command.add(commands, "demo", site.Demo, site.demo)
    command.add(commands, "serve", site.Serve, site.serve)
    command.add(commands, "doctor", doctor.Doctor, doctor.run)


def _gather_service() -> None:
    """The commands of the service system: needs, capabilities, persons, centres, and what goes through states."""
    command.add(commands, "match", match.MatchNeed, match.run)
    command.add(commands, "gaps", gaps.AskedGaps, gaps.run)
    command.add(commands, "industry", industry.AskedIndustry, industry.run)
    groups = {
        "register": register.COMMANDS, "talent": talent.COMMANDS, "matter": matter.COMMANDS,
        "centre": (*centre.COMMANDS, *centre_documents.COMMANDS),
        "carbon": (*carbon_factor.COMMANDS, *carbon.COMMANDS, *carbon_cems.COMMANDS, *carbon_forest.COMMANDS,
                   *carbon_manage.COMMANDS, *carbon_papers.COMMANDS, *carbon_statements.COMMANDS,
                   *carbon_service.COMMANDS, *carbon_template.COMMANDS),
    }  # fmt: skip
    for group, members in groups.items():
        made = command.group(group)
        for name, asked, run in members:
            command.add(made, name, asked, run, f"{group} {name}")
        commands.add_typer(made)
    command.add(commands, "practice", practice.Practice, practice.run)


def _gather_measured() -> None:
    """The commands of measurement data: the lake, and readings as certificates correct them."""
    lakes, mappings, several = command.group("lake"), command.group("mapping"), command.group("series")
    for name, asked, run in lake.COMMANDS:
        command.add(lakes, name, asked, run, f"lake {name}")
    for name, asked, run in lake.MAPPING:
        command.add(mappings, name, asked, run, f"lake mapping {name}")
    lakes.add_typer(mappings)
    commands.add_typer(lakes)
    for name, asked, run in series.COMMANDS:
        command.add(several, name, asked, run, f"series {name}")
    commands.add_typer(several)
    shared = command.group("data", words="data.group")
    for name, asked, run in (*data.COMMANDS, *data_quality.COMMANDS, *data_catalogue.COMMANDS):
        command.add(shared, name, asked, run, f"data {name}")
    commands.add_typer(shared)


_gather()


def app() -> int:
    """Run the command line; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    arguments = sys.argv[1:]
    try:
        return int(commands(args=arguments, prog_name="suyuan", standalone_mode=False) or FINE)
    except Refused as refused:
        return _refuse(refused.findings)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except OSError as error:
        where = str(error.filename or "")
        return _refuse((finding("cli.system", where, reason=error.strerror or error),))
    except (KeyboardInterrupt, typer.Abort):
        return STOPPED
    except Exception as error:
        return _unforeseen(error, arguments)


def _unforeseen(error: Exception, arguments: list[str]) -> int:
    """A wrong command line, or a fault of ours."""
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error)
        return FINE
    usage = usage_finding(error)
    if usage is not None:
        return _refuse((usage,))
    if "--debug" in arguments:
        traceback.print_exception(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(last.filename)}:{last.lineno}"
    return _refuse((finding("cli.unforeseen", place, kind=type(error).__name__, release=doctor.release()),))


def _refuse(found: tuple[Finding, ...]) -> int:
    """Bad input: the findings on stderr, with `--json` also as one object on stdout."""
    if "--json" in sys.argv[1:]:
        print_json({"command": _command_words(), "exit": BAD_INPUT, "findings": found})
    sys.stdout.flush()
    Page(sys.stderr).findings(found)
    return BAD_INPUT


def _command_words() -> str:
    """The command as far as it was words, for the envelope of a refusal."""
    words: list[str] = []
    here: Any = typer.main.get_command(commands)
    for word in sys.argv[1:]:
        if word in getattr(here, "commands", {}):
            here = here.commands[word]
            words.append(word)
    return " ".join(words)


def usage_finding(error: Exception) -> Finding | None:
    """What is wrong with a command line, from the parser's exception; None where it is something else."""
    kind, context = type(error).__name__, getattr(error, "ctx", None)
    where = getattr(context, "command_path", "suyuan")
    if kind == "NoSuchOption":
        near = ", ".join(getattr(error, "possibilities", None) or ())
        return finding("cli.usage.option", where, given=getattr(error, "option_name", ""), near=near, command=where)
    if kind == "MissingParameter":
        parameter = getattr(error, "param", None)
        name = getattr(parameter, "metavar", "") or "?"
        if getattr(parameter, "param_type_name", "") == "option":
            name = f"{parameter.opts[0]} {name}"  # type: ignore[union-attr]
        return finding("cli.usage.missing", where, name=name, command=where)
    unknown = re.fullmatch(r"No such command '([^']*)'.*", str(getattr(error, "message", "")), re.DOTALL)
    if unknown is not None:
        known = sorted(getattr(getattr(context, "command", None), "commands", {}))
        near = ", ".join(difflib.get_close_matches(unknown[1], known, 3, 0.4) or known)
        return finding("cli.usage.command", where, given=unknown[1], near=near, command=where)
    parameter = getattr(error, "param", None)
    if isinstance(error, typer.BadParameter) and parameter is not None:
        name = getattr(parameter, "metavar", "") or "?"
        if getattr(parameter, "param_type_name", "") == "option":
            name = parameter.opts[0]
        return finding("cli.usage.value", where, "error", "", name=name, command=where, **_reason(error))
    if isinstance(error, typer.BadParameter.__mro__[1]):  # UsageError, whose module differs between releases of typer
        return finding("cli.usage.wrong", where, "error", "", command=where, **_reason(error))
    return None


REASONS = (
    (r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", "多出了 {}"),
    (r"Option '(.*)' requires an argument\.", "选项 {} 后面缺少它的值"),
    (r"Option '(.*)' does not take a value\.", "选项 {} 不带值"),
    (r"(?:Value error, )?'?(.*?)'? is not one of (.*?)\.?", "「{}」不在可选的 {} 之中"),
    (r"Input should be a valid integer.*|.* is not a valid (?:int|integer).*", "不是整数"),
    (r"Input should be (?:greater|less) than or equal to (.*)|.* is not in the range (.*?)\.?", "超出范围（{}）"),
)
"""What the parser of the command line says → the same in Chinese."""


def _reason(error: Exception) -> dict[str, str]:
    """What the parser says, in both languages where it is known."""
    said = str(getattr(error, "message", error))
    for pattern, zh in REASONS:
        found = re.fullmatch(pattern, said, re.DOTALL)
        if found is not None:
            return {"reason_en": said, "reason_zh": zh.format(*(part for part in found.groups() if part is not None))}
    return {"reason": said}
