# One small image for web, live, worker and beat. Only requirements/base.txt: no embedded servers, no test tools.
FROM python:3.12-slim AS build
WORKDIR /app
RUN python -m venv .venv
COPY requirements/base.txt requirements/
RUN .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY . .
RUN .venv/bin/python bin/messages.py compile \
    && MILA_SERVERS=off .venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf .data tests bench

FROM python:3.12-slim
RUN useradd --system --create-home --uid 1000 mila
WORKDIR /app
COPY --from=build /app /app
ENV MILA_MODE=production WEB_BIND=0.0.0.0:8000 LIVE_BIND=0.0.0.0:8001 PYTHONUNBUFFERED=1
USER mila
EXPOSE 8000 8001
CMD ["bin/serve", "web"]
