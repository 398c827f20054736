"""What schemathesis cannot know of us: which key an operation wants, and that a path which names a component
or a mini program had better name one that is there."""

import os

import schemathesis

REAL = {"component": os.environ["FLEET_COMPONENT"], "appid": os.environ["FLEET_APPID"]}
KEYS = {"people": os.environ["FLEET_ADMIN_KEY"], "machines": os.environ["FLEET_MACHINE_KEY"]}

# What people's roles allow; everything else is a scope, which a machine's key names.
PEOPLE = {"read", "release", "administer"}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Four of five paths lead somewhere; the choice is made by what was generated, so that it is repeated."""
    for name, real in REAL.items():
        value = (case.path_parameters or {}).get(name)
        if isinstance(value, str) and sum(value.encode(errors="replace")) % 5:
            case.path_parameters[name] = real


@schemathesis.auth(refresh_interval=None)
class Key:
    """A key of a person or, where a scope is asked for, of a machine."""

    def get(self, case, context):
        security = context.operation.definition.raw.get("security") or [{}]
        scopes = security[0].get("operator_key", [])
        return KEYS["people" if not scopes or scopes[0] in PEOPLE else "machines"]

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}
