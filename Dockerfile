# syntax=docker/dockerfile:1
# The index server in a container:
#
#   docker build -t echovibe .
#   docker run -d --name echovibe --init -p 127.0.0.1:7878:7878 -v echovibe:/data echovibe
#   docker exec echovibe echovibe user add ann --role contributor
#   docker exec echovibe echovibe backup - > echovibe.tar.gz
#
# Everything else is compose.yaml. The same image runs every other command:
#
#   docker run --rm -v echovibe:/data -v ~/Music:/music:ro echovibe index /music

FROM rust:1.94-slim-bookworm AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends cmake gcc g++ libasound2-dev libc6-dev make pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The packages are compiled once and kept between builds.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin echovibe \
    && install -D -s -m 0755 target/release/echovibe /out/usr/bin/echovibe \
    && install -d /out/usr/share/man/man1 /out/data \
    && /out/usr/bin/echovibe man > /out/usr/share/man/man1/echovibe.1

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl libasound2 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin echovibe
COPY --from=build /out/usr /usr
COPY --from=build --chown=10001:10001 --chmod=0700 /out/data /data
USER 10001:10001
ENV HOME=/data ECHOVIBE_DATA_DIR=/data ECHOVIBE_HEALTH=http://127.0.0.1:7878/v1/health
VOLUME /data
EXPOSE 7878
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["sh", "-c", "exec curl --fail --silent --show-error --insecure --max-time 4 --output /dev/null \"$ECHOVIBE_HEALTH\""]
ENTRYPOINT ["echovibe"]
# Plain HTTP inside: what reaches the port from outside is for the publisher of the port to say.
CMD ["serve", "--listen", "0.0.0.0:7878", "--plain-http"]
