# One image for every process of ours, and one that carries OSRM's programs from the wheel that the set-up checks.
FROM node:24.21-bookworm-slim AS packages
WORKDIR /fabroute
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force

FROM node:24.21-bookworm-slim AS osrm-programs
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates python3 python3-pip \
  && rm -rf /var/lib/apt/lists/*
COPY infra/setup /setup
RUN mkdir /programs \
  && node -e "import('/setup/osrm.mjs').then(({ osrm }) => osrm.install({ root: '/', tools: '/programs' }))"

FROM node:24.21-bookworm-slim AS osrm
COPY --from=osrm-programs /programs/osrm /opt/osrm
COPY infra/docker/osrm.sh infra/docker/healthy.mjs /usr/local/lib/
RUN mkdir /data && chown node:node /data
USER node
EXPOSE 5000
CMD ["/bin/sh", "/usr/local/lib/osrm.sh"]

FROM node:24.21-bookworm-slim AS fabroute
ENV NODE_ENV=production
WORKDIR /fabroute
RUN apt-get update \
  && apt-get install -y --no-install-recommends openssl \
  && rm -rf /var/lib/apt/lists/* \
  && mkdir -p /data/artifacts /data/payments /data/carrier /data/gateway /data/demo /data/map \
  && chown -R node:node /data
COPY --from=packages /fabroute/node_modules ./node_modules
COPY package.json config.ts ./
COPY activities ./activities
COPY api ./api
COPY devices ./devices
COPY domain ./domain
COPY infra ./infra
COPY services ./services
COPY simulations ./simulations
COPY storage ./storage
COPY workers ./workers
COPY workflows ./workflows
USER node
EXPOSE 8080
CMD ["node", "api/main.ts"]
