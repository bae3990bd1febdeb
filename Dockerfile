# syntax=docker/dockerfile:1
FROM node:20-bookworm-slim AS build
WORKDIR /app
# better-sqlite3, hnswlib-node and the native encoder are compiled here; the last two for every processor, not only this one.
RUN apt-get update && apt-get install -y --no-install-recommends python3 make g++ && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json binding.gyp ./
COPY native/ native/
COPY clients/typescript/package.json clients/typescript/package.json
COPY scripts/build-native.mjs scripts/build-native.mjs
RUN npm ci
COPY tsconfig.json ./
COPY scripts/ scripts/
COPY src/ src/
COPY clients/ clients/
COPY ui/ ui/
RUN npm run build
RUN npm prune --omit=dev

FROM node:20-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
COPY --from=build /app/node_modules/ node_modules/
COPY --from=build /app/dist/ dist/
COPY --from=build /app/build/Release/paperkin_encoder.node build/Release/paperkin_encoder.node
COPY --from=build /app/build/Release/hnswlib_avx512.node build/Release/hnswlib_avx512.node
COPY --from=build /app/build/Release/hnswlib_avx2.node build/Release/hnswlib_avx2.node
COPY package.json LICENSE NOTICE ./
COPY models/ models/
COPY seeds/papers.jsonl seeds/papers.jsonl
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/cli/main.js", "serve"]
