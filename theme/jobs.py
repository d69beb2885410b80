"""The jobs of every function that template.yaml puts behind the API; forms, steps and options follow from them."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from functions.shared.events import Told
from functions.shared.job import AnyJob, Job
from infra.local.template import load
from theme.failure import BuildFailed

_TEMPLATE = Path(__file__).parents[1] / "template.yaml"
SIGN_IN = "sign-in"


@cache
def jobs() -> Mapping[str, AnyJob]:
    """All jobs by their names, in the order of their functions' lists. Raises BuildFailed for a name given twice."""
    every_job = [job for function in _functions() for job in function.JOBS]
    by_name = {job.name: job for job in every_job}
    if twice := sorted({job.name for job in every_job if by_name[job.name] is not job}):
        raise BuildFailed(*(f"functions: two jobs are called {name}" for name in twice))
    return by_name


def job(name: str) -> AnyJob:
    """The job of that name. Raises BuildFailed when there is none."""
    if name not in jobs():
        raise BuildFailed(f"no job is called {name}")
    return jobs()[name]


def unlisted() -> Sequence[str]:
    """One line for each job that stands in a function's folder and in none of its lists."""
    faults = []
    for function in _functions():
        folder = function.__name__.rpartition(".")[0]
        for module in iter_modules([str(Path(str(function.__file__)).parent)]):
            declared = vars(import_module(f"{folder}.{module.name}")).values()
            names = [one.name for one in declared if isinstance(one, Job) and jobs().get(one.name) is not one]
            where = f"{folder.replace('.', '/')}/{module.name}.py"
            faults += [f"{where}: the job {name} is not in the JOBS of {function.__name__}" for name in names]
    return faults


def actions() -> Sequence[AnyJob]:
    """What those of a subscription are offered, and refused with a reason."""
    return [one for one in jobs().values() if one.why_not]


def told() -> Sequence[Told]:
    """Every kind of event."""
    by_jobs = [one for each in jobs().values() for one in each.tells]
    by_others = [one for function in _functions() for one in getattr(function, "TELLS", ())]
    return list(dict.fromkeys([*by_jobs, *by_others]))


def _functions() -> Sequence[ModuleType]:
    resources = load(_TEMPLATE)["Resources"].values()
    properties = [resource["Properties"] for resource in resources if resource["Type"] == "AWS::Serverless::Function"]
    handlers = [
        each["Handler"]
        for each in properties
        if any(event["Type"] == "HttpApi" for event in each.get("Events", {}).values())
    ]
    return [import_module(handler.rpartition(".")[0]) for handler in handlers]
