# EchoVibe. The two commands to know: `make run` and `make test`.
#
#   make run [ARGS="demo"]   install what the system lacks, build, open the program
#   make test                install what the tests need besides, run them all
#   make lint                formatting, lints, documentation
#   make model MUSIC=DIR NOISE=DIR   train the network on your own music, measure it, build it in
#   make pictures            the pictures of the README, from the real program (needs tmux)
#   make install             put `echovibe` into ~/.cargo/bin
#
# Everything is built with the release profile, so that the network runtime is compiled once.

SHELL := /bin/bash
export PATH := $(PATH):$(HOME)/.cargo/bin
CARGO ?= cargo
ARGS ?=
# Processor time of a training run.
MINUTES ?= 60

.PHONY: run test lint model pictures install build-system test-system databases

run: build-system
	$(CARGO) build --release --locked
	$(CARGO) run --release --locked --quiet -- $(ARGS)

test: build-system test-system databases
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
		set -x; $(CARGO) nextest run --release --locked; \
	else \
		set -x; $(CARGO) test --release --locked; \
	fi

lint: build-system
	$(CARGO) fmt --check
	$(CARGO) clippy --release --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --locked --no-deps

pictures: build-system
	$(CARGO) build --release --locked
	python3 tools/pictures.py

install: build-system
	$(CARGO) install --path . --locked

TRAIN := .venv/bin/python models/train
RUN := models/train/runs/latest

model: build-system
	@test -n "$(MUSIC)" -a -n "$(NOISE)" || { \
		echo "usage: make model MUSIC=DIR NOISE=DIR [ROOMS=DIR] [LABELS=CSV|folders] [MINUTES=60] [RESUME=1]; see models/train/README.md" >&2; exit 2; }
	test -x .venv/bin/python || python3 -m venv .venv
	.venv/bin/pip install --quiet -r models/train/requirements.txt
	$(TRAIN)/train.py --music $(MUSIC) --noise $(NOISE) $(if $(ROOMS),--rooms $(ROOMS)) \
		$(if $(LABELS),--labels $(LABELS)) $(if $(RESUME),--resume) --cpu-minutes $(MINUTES) --run $(RUN)
	$(TRAIN)/fit_narrow.py $(RUN)/checkpoint.pt --music $(MUSIC) --noise $(NOISE) $(if $(ROOMS),--rooms $(ROOMS)) \
		$(if $(LABELS),--labels $(LABELS))
	$(TRAIN)/fit_style.py $(RUN)/checkpoint.pt --music $(MUSIC) --noise $(NOISE) $(if $(ROOMS),--rooms $(ROOMS)) \
		$(if $(LABELS),--labels $(LABELS))
	$(TRAIN)/fit_labels.py $(RUN)/checkpoint.pt --music $(MUSIC) $(if $(LABELS),--labels $(LABELS))
	$(TRAIN)/fit_gate.py $(RUN)/checkpoint.pt --music $(MUSIC) --noise $(NOISE) $(if $(ROOMS),--rooms $(ROOMS))
	$(TRAIN)/export.py $(RUN)/checkpoint.pt
	$(CARGO) build --release --locked
	$(TRAIN)/calibrate.py $(RUN)/checkpoint.pt --echovibe target/release/echovibe \
		--music $(MUSIC) --noise $(NOISE) $(if $(ROOMS),--rooms $(ROOMS)) $(if $(LABELS),--labels $(LABELS))
	$(CARGO) build --release --locked

# Installs the Debian packages named in `missing`, as root or through sudo.
define install_missing
	if [ -n "$$missing" ]; then \
		if ! command -v apt-get >/dev/null; then \
			echo "EchoVibe needs these Debian packages, or what your system calls them:$$missing" >&2; \
			exit 1; \
		fi; \
		sudo=; \
		if [ "$$(id -u)" != 0 ]; then \
			sudo=sudo; \
			command -v sudo >/dev/null || { echo "as root, please: apt-get install$$missing" >&2; exit 1; }; \
		fi; \
		echo "installing$$missing"; \
		$$sudo apt-get -q update && \
		$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends $$missing; \
	fi
endef

build-system:
	@command -v $(CARGO) >/dev/null || { echo "EchoVibe is built with Rust: see https://rustup.rs" >&2; exit 1; }
	@missing=; \
	command -v cc >/dev/null || missing="$$missing gcc libc6-dev"; \
	command -v cmake >/dev/null || missing="$$missing cmake"; \
	command -v pkg-config >/dev/null || missing="$$missing pkg-config"; \
	pkg-config --exists alsa 2>/dev/null || missing="$$missing libasound2-dev"; \
	$(install_missing)

test-system:
	@missing=; \
	command -v tmux >/dev/null || missing="$$missing tmux"; \
	command -v ffmpeg >/dev/null || missing="$$missing ffmpeg"; \
	command -v pulseaudio >/dev/null || missing="$$missing pulseaudio"; \
	command -v pactl >/dev/null || missing="$$missing pulseaudio-utils"; \
	ls /usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so >/dev/null 2>&1 || missing="$$missing libasound2-plugins"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	python3 -c "import venv, ensurepip" 2>/dev/null || missing="$$missing python3-venv"; \
	$(install_missing)

# Milvus for the tests, in Python: a private environment beside what is built.
MILVUS_LITE := $(or $(CARGO_TARGET_DIR),target)/milvus-lite

databases: test-system $(MILVUS_LITE)/installed

$(MILVUS_LITE)/installed: tests/milvus-lite.txt
	python3 -m venv $(MILVUS_LITE)
	$(MILVUS_LITE)/bin/pip install --quiet --disable-pip-version-check -r tests/milvus-lite.txt
	touch $@
