# The server: `nox -s wheels` first, which puts every distribution into dist/, then `docker build -t composio-server .`
FROM python:3.13-slim AS build
COPY dist/ /dist/
RUN python -m venv /app \
    && /app/bin/pip install --no-cache-dir --find-links /dist \
        "opencomposio-server[objects,postgresql,telemetry]" opencomposio-mcp

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home composio
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH COMPOSIO_HOME=/data COMPOSIO_SERVER_HOST=0.0.0.0 PYTHONUNBUFFERED=1
# All that is written is in /data: run it with a read-only file system and this one volume.
VOLUME /data
USER 10001
EXPOSE 9899
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9899/readyz', timeout=2)"]
CMD ["composio", "serve"]
