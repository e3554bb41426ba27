# One image for web, workers and beat; docker-compose.yml says which is which.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    CRM_SNAPSHOT_DIR=/data/snapshots \
    CRM_FILES_DIR=/data/files \
    CRM_TOMBSTONE_FILE=/erased/erased.jsonl

RUN useradd --create-home --uid 1000 crm && install -d -o crm -g crm /data /erased /backups /app
WORKDIR /app

# Before the source, so that a change of the source installs nothing again.
COPY requirements.txt .
RUN pip install --require-hashes --only-binary :all: -r requirements.txt

COPY --chown=crm:crm . .
USER crm
# The key signs nothing here; the real one comes with the container.
RUN python -c "from core.launcher.translations import compile_translations; compile_translations()" \
    && mkdir staticfiles \
    && CRM_SECRET_KEY=used-while-the-image-is-built-and-never-after-that python manage.py collectstatic --no-input

# What a run's job row names as the code that made it: docker compose build --build-arg CODE_VERSION=$(git rev-parse HEAD)
ARG CODE_VERSION=unknown
ENV CRM_CODE_VERSION=$CODE_VERSION

VOLUME /data /erased /backups
EXPOSE 8000
CMD ["gunicorn", "--config", "python:crm.gunicorn"]
