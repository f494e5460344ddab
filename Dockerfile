# stackproof in a container that uses the engine of its host; how to run it, and what it may do: docs/engines.md.
# No image of it is published. It was built on a Debian 13 in the place of its base: no registry was in reach.
FROM python:3.11-slim-trixie AS wheel
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
COPY tests/infra tests/infra
COPY tests/http tests/http
# In the environment the constraint holds for what builds the wheel, too.
RUN PIP_CONSTRAINT=/source/constraints.txt pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim-trixie
LABEL org.opencontainers.image.title="stackproof" \
      org.opencontainers.image.description="Proves in a running sandbox that a Docker Compose stack keeps its promises" \
      org.opencontainers.image.licenses="Apache-2.0"
# The command that runs Compose and builds, and git, which names the commit in reports. No engine.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends docker-cli docker-compose docker-buildx git \
    && rm -rf /var/lib/apt/lists/*
COPY constraints.txt /tmp/constraints.txt
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    pip install --no-cache-dir --constraint /tmp/constraints.txt /wheels/*.whl
COPY --chmod=755 container/entrypoint.sh /usr/local/bin/entrypoint.sh
# Where `docker run -v "$PWD:/project" ... lint .` looks; below `/` a stack would have no name.
WORKDIR /project
# No USER: whom the socket of the host lets in is known to who runs it (`--user`), and the socket is root's anyway.
ENTRYPOINT ["/usr/local/bin/entrypoint.sh"]
CMD ["--help"]
