# One image for every process of Signet. Built with docker or buildah:
#   docker build -t signet .        buildah bud --layers --isolation chroot -t signet .
# BASE_IMAGE needs Node 24 with npm on Debian; nothing but the files listed below comes from it into the result.
ARG BASE_IMAGE=node:24-bookworm-slim

# What the processes need of the base: node, the shell in which the idle sidecar sleeps, and their shared libraries.
FROM ${BASE_IMAGE} AS system
RUN set -eu; \
    mkdir -p /image/etc /image/app /image/usr/bin /image/usr/local/bin /image/tmp; \
    chmod 1777 /image/tmp; \
    for link in /bin /lib /lib64; do \
      if [ -L "$link" ]; then cp -a "$link" /image/; mkdir -p "/image/$(readlink "$link")"; fi; \
    done; \
    cp -L "$(command -v node)" /image/usr/local/bin/node; \
    for program in sh sleep date cat; do cp -L "$(command -v "$program")" "/image/usr/bin/$program"; done; \
    for program in /image/usr/local/bin/node /image/usr/bin/*; do ldd "$program"; done | grep -o '/[^ ]*' | grep '^/lib' | sort -u | \
      while read -r library; do mkdir -p "/image$(dirname "$library")"; cp -L "$library" "/image$library"; done; \
    printf 'root:x:0:0:root:/:/usr/bin/sh\nsignet:x:65532:65532:signet:/:/usr/bin/sh\n' > /image/etc/passwd; \
    printf 'root:x:0:\nsignet:x:65532:\n' > /image/etc/group; \
    printf '{"type":"module"}\n' > /image/app/package.json; \
    printf 'hosts: files dns\n' > /image/etc/nsswitch.conf; \
    printf '#!/bin/sh\nexec node /app/dist/cli.js "$@"\n' > /image/usr/local/bin/signet; \
    chmod 0755 /image/usr/local/bin/signet

# The two secrets are optional: an npmrc for another package registry, and the certificates of a proxy that npm must trust.
# They are mounted for this step only and leave nothing in a layer. A change of the source alone does not run it again.
FROM ${BASE_IMAGE} AS build
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=secret,id=npmrc --mount=type=secret,id=npm-ca \
    if [ -f /run/secrets/npmrc ]; then export NPM_CONFIG_USERCONFIG=/run/secrets/npmrc; fi; \
    if [ -f /run/secrets/npm-ca ]; then export NPM_CONFIG_CAFILE=/run/secrets/npm-ca NODE_EXTRA_CA_CERTS=/run/secrets/npm-ca; fi; \
    npm ci --ignore-scripts --cache /tmp/npm && rm -rf /tmp/npm
COPY tsconfig.json ./
COPY .config ./.config
COPY src ./src
RUN npm run build

FROM scratch
LABEL org.opencontainers.image.title="signet" \
      org.opencontainers.image.description="Certificate authority, operator and admission webhook for Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/usr/local/bin:/usr/bin:/bin
# glibc gives back freed memory at once instead of raising its threshold: 116 → 111 MiB after 20,000 certificates.
ENV MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072
COPY --from=system /image /
COPY crds /app/crds
COPY src/workload/sidecar.sh /app/sidecar.sh
COPY --from=build /source/dist /app/dist
USER 65532:65532
ENTRYPOINT ["node", "/app/dist/cli.js"]
