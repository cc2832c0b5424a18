# The console and its gateway, as an ordinary user. docs/deploy.md says how to run it.
FROM python:3.11-slim

RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin router
WORKDIR /app

# By themselves, so that a change of the code does not bring all packages anew.
COPY requirements.txt ./
RUN pip install --no-cache-dir --only-binary :all: -r requirements.txt

COPY app.py ./
COPY .streamlit/config.toml .streamlit/config.toml
COPY pages pages
COPY router router
COPY data/samples data/samples
RUN mkdir -p data && chown router: data

USER router
VOLUME /app/data
EXPOSE 8501
STOPSIGNAL SIGINT
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/livez', timeout=4)"]
# Every address of the container, which is refused without sign-in.
CMD ["streamlit", "run", "app.py", "--server.address", "0.0.0.0"]
