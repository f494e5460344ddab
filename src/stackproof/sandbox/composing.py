"""What stands in the compose file of a sandbox: the author's, isolated, and cut off from the outside."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stackproof.engine import engine
from stackproof.engine.engine import Engine
from stackproof.errors import StackError
from stackproof.isolation import bind_words, sinkhole, subnets, words
from stackproof.isolation.binds import copy_binds
from stackproof.isolation.host_paths import HostPaths
from stackproof.isolation.outside_policy import Decision
from stackproof.isolation.plan import Plan
from stackproof.isolation.sinkhole import Sinkhole
from stackproof.isolation.treatment import Permits
from stackproof.isolation.walk import isolate, judge
from stackproof.sandbox import outsides, refusals
from stackproof.sandbox.images import Images
from stackproof.settings import Settings
from stackproof.stack.stack import Stack


class Composer:
    """Makes the compose file of one sandbox, and another with other subnets where the first are taken."""

    images: Images

    def __init__(
        self,
        stack: Stack,
        engine_: Engine,
        settings: Settings,
        fixed_ports: Mapping[str, str] | None = None,
        *,
        calm: bool = False,
    ) -> None:
        """`fixed_ports` are loopback ports or ranges by `service/target`, where the author's stay fixed.

        `calm` leaves health checks their author's interval.
        """
        self._calm = calm
        self.permits = Permits.of(settings)
        self.offline = settings.offline
        self.outside = Decision()
        """What of the outside is cut; nothing is known of it before the images are here."""
        self._stack = stack
        self._engine = engine_
        self._settings = settings
        self._fixed_ports = dict(fixed_ports or {})
        self._paths = HostPaths(stack.source.directory)
        self._binds: Mapping[str, str] = {}

    def refuse_unfit(self) -> None:
        """Raise StackError for a stack of which no sandbox may or can be made here."""
        stack = self._stack
        if refused := judge(stack.model, permits=self.permits, paths=self._paths).refusals:
            raise StackError(words.refusal(str(stack), refused, stack.place))
        if reasons := refusals.reasons(stack.model, self._engine.info):
            raise StackError(refusals.words(str(stack), reasons))
        if self.offline and (why := self._engine.hides_networks):
            raise StackError(refusals.without_way_out(str(stack), why))

    def decide(self, images: Images) -> None:
        """Decide what of the outside is cut, with what the images bring along."""
        self.images = images
        self.outside = outsides.decision(self._stack, self._settings, images.config)

    def copy_binds(self, folder: Path) -> None:
        """Copy into a folder of ours what of the host must not be mounted itself.

        Raises StackError for what cannot be copied.
        """
        limit = self._settings.copy_limit
        self._binds = copy_binds(self._stack.model, folder, paths=self._paths, limit=limit)

    def in_authors_words(self, said: str) -> str:
        """Return what an engine said with the author's paths, behind which of them are not there.

        In place of one an engine makes an empty folder, and so does a sandbox.
        """
        missing = bind_words.missing(said, self._stack.model, self._binds, self._paths)
        places = (
            f"{self._stack.place(at)}: {source} is not there, so an empty folder is mounted in its place\n"
            "  fix: create it, or correct the path"
            for source, at in missing
        )
        return "\n".join((*places, bind_words.in_authors_words(said, self._binds)))

    def compose(
        self, project: str, marks: Mapping[str, str], attempt: int
    ) -> tuple[Mapping[str, Any], Sinkhole | None]:
        """Return the file, and the sinkhole in it if there is one; each attempt has other subnets.

        `marks` are labels of all that is in it. Raises StackError for what cannot be cut off.
        """
        model, seed = self._stack.model, f"{project}/{attempt}"
        moves = subnets.choose(model, seed, roomy=bool(self.outside.named_addresses))
        plan = self._plan(project, marks, moves)
        compose = isolate(model, plan, permits=self.permits, paths=self._paths).file
        if reasons := sinkhole.uncuttable(compose, model, self.outside):
            raise StackError(sinkhole.refusal(reasons))
        if self.offline:
            return sinkhole.offline(compose, self.outside, moves), None
        if not sinkhole.needed(compose, self.outside):
            return compose, None
        engine.have_image(engine.TOOLBOX_IMAGE)
        means = sinkhole.Means(image=engine.TOOLBOX_IMAGE, labels=marks, seed=seed, moves=moves)
        sink = sinkhole.add(compose, self.outside, means)
        return sink.compose, sink

    def _plan(
        self, project: str, marks: Mapping[str, str], moves: Mapping[str, tuple[subnets.Move, ...]]
    ) -> Plan:
        return Plan(
            project=project,
            labels=marks,
            images=self.images.by_service,
            image_labels=self.images.labels(),
            image_variables=self.images.variables(),
            image_volumes=self.images.by_mount,
            image_health=self.images.health(),
            binds=self._binds,
            moves=moves,
            log_driver=str(self._engine.info.get("LoggingDriver") or ""),
            start_interval=self._engine.knows_start_intervals,
            calm=self._calm,
            fixed_ports=self._fixed_ports,
        )
