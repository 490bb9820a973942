"""What users write to choose: tags, instances, accepted changes. Every mistake names the word and a near one."""
from collections.abc import Iterable, Mapping, Sequence

from capacity_sync.domain.guard import Accepted
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.settings.findings import did_you_mean


def tag_pairs(texts: Iterable[str]) -> dict[str, str]:
    """Raises: ConfigurationRefused: one is not K=V."""
    pairs = [text.partition("=") for text in texts]
    wrong = [f'--tag {key}: expected K=V, such as --tag team=shop' for key, equals, _ in pairs if not (key and equals)]
    if wrong:
        raise ConfigurationRefused(*wrong)
    return {key: value for key, _, value in pairs}


def one_of(option: str, word: str, known: Sequence[str]) -> str:
    """*word*, which is in *known*.

    Raises: ConfigurationRefused: it is not.
    """
    if word in known:
        return word
    listed = f"; known are {', '.join(known[:10])}{', ...' if len(known) > 10 else ''}" if known else "; there is none"
    raise ConfigurationRefused(f'{option}: no "{word}"{did_you_mean(word, known) or listed}')


def accepted_changes(texts: Iterable[str], instances: Sequence[str],
                     known: Mapping[str, Sequence[KnownDatabase]]) -> dict[str, Accepted]:
    """Per instance what is let through. *known* has the active databases of each instance.

    Raises: ConfigurationRefused: an instance is not in this run, or a database is not active in the store.
    """
    found: dict[str, Accepted] = {}
    for text in texts:
        instance, slash, database = text.partition("/")
        one_of(f"--accept {text}: instance of this run", instance, instances)
        before = found.get(instance, Accepted())
        if slash:
            one_of(f"--accept {text}: active database of {instance}", database, _held_first(known.get(instance, ())))
            found[instance] = Accepted(before.everything, before.names | {database})
        else:
            found[instance] = Accepted(True, before.names)
    return found


def _held_first(databases: Sequence[KnownDatabase]) -> list[str]:
    return [d.name for d in sorted(databases, key=lambda d: (d.absent_since is None, d.name))]
