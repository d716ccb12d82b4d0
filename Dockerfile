# The image `greenroom`: Node, the bundles in /opt/greenroom, and /greenroom, the helper and shell files that run in pods.
# The bundles come from `npm run bundle`. For each platform both stages run on that platform, so nothing here names one.
#   docker build -t greenroom .
# image/build does the same without any outside image.
ARG BUILDER=docker.io/library/debian:bookworm
ARG RUNTIME=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILDER} AS greenroom
WORKDIR /src
COPY image/install-packages image/
COPY image/helper/packages image/helper/
RUN image/install-packages helper
COPY image/build-helper image/busybox.options image/
COPY image/helper image/helper
COPY sidecar/*.c sidecar/
RUN image/build-helper own
COPY image/lay-out image/
COPY sidecar/shell sidecar/shell
RUN image/lay-out "$(image/build-helper own)" /greenroom

FROM ${RUNTIME}
COPY --from=greenroom /greenroom /greenroom
COPY dist/*.cjs dist/*.cjs.LEGAL.txt /opt/greenroom/
ENV NODE_ENV=production
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node"]
CMD ["/opt/greenroom/webhook.cjs"]
