# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A private Postfix: made, started and stopped in a directory of its own, without touching the machine's.
# Sourced by the host tests and the demo.  Needs root.

# Repeats a command until it succeeds, for at most so many seconds.
wait_for() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -le $end ] || return 1
		sleep 0.05
	done
}

free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

port_answers() { # PORT
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Where this machine's libsasl2 has its plugins.
stock_plugin_dir() {
	local dir
	for dir in "/usr/lib/$(gcc -print-multiarch 2>/dev/null)/sasl2" /usr/lib/*/sasl2 /usr/lib/sasl2; do
		[ -e "$dir/libscram.so" ] && echo "$dir" && return
	done
	return 1
}

# Fills DIR with links to the stock plugins and to OURS (the built libgsasldb.so), if given; a copy of ours
# that is installed on the machine is not taken.
make_plugin_dir() { # DIR [OURS]
	local stock file
	stock=$(stock_plugin_dir) || return
	mkdir -p "$1" || return
	for file in "$stock"/*.so; do
		[ "${file##*/}" = libgsasldb.so ] || ln -sf "$file" "$1/" || return
	done
	[ -z "${2-}" ] || ln -sf "$(realpath "$2")" "$1/libgsasldb.so"
}

# What Debian copies into the queue directory for chrooted services.
fill_jail() { # QUEUE
	local file
	for file in etc/localtime etc/services etc/resolv.conf etc/hosts etc/host.conf etc/nsswitch.conf; do
		[ ! -f "/$file" ] || install -D -m 644 "/$file" "$1/$file" || return
	done
	for file in /lib/*/libnss_*.so* /lib/*/libresolv*.so* /lib/*/libgcc_s.so*; do
		[ ! -f "$file" ] || install -D "$file" "$1$file" || return
	done
}

# Makes an instance in DIR (which postfix must be able to reach).  CHROOT, y or n, is smtpd's.  smtpd.conf
# comes from standard input.
postfix_make() { # DIR MYHOSTNAME CHROOT
	local dir=$1 chroot=$3
	mkdir -p "$dir/etc/sasl" "$dir/queue" "$dir/data" "$dir/log" && chown postfix: "$dir/data" || return
	cat >"$dir/etc/sasl/smtpd.conf" || return
	cat >"$dir/etc/main.cf" <<-END || return
		compatibility_level = 3.6
		config_directory = $dir/etc
		queue_directory = $dir/queue
		data_directory = $dir/data
		maillog_file = $dir/log/mail.log
		maillog_file_prefixes = /var, /dev/stdout, $dir
		import_environment = MAIL_CONFIG SASL_PATH=$dir/plugins
		myhostname = $2
		mydestination = \$myhostname
		inet_interfaces = 127.0.0.1
		inet_protocols = ipv4
		mynetworks = 127.0.0.2/32
		alias_maps =
		alias_database =
		local_recipient_maps =
		local_transport = discard
		default_transport = discard
		smtpd_sasl_auth_enable = yes
		smtpd_sasl_type = cyrus
		smtpd_sasl_path = smtpd
		smtpd_sasl_local_domain = \$myhostname
		smtpd_sasl_security_options = noanonymous
		broken_sasl_auth_clients = yes
		smtpd_recipient_restrictions = permit_sasl_authenticated, reject
		smtpd_relay_restrictions = permit_sasl_authenticated, reject
		smtpd_error_sleep_time = 0
		smtpd_client_auth_rate_limit = 0
		service_throttle_time = 1s
	END
	cat >"$dir/master.cf.in" <<-END || return
		127.0.0.1:PORT inet n - $chroot - - smtpd
		cleanup unix n - y - 0 cleanup
		qmgr unix n - n 300 1 qmgr
		rewrite unix - - y - - trivial-rewrite
		bounce unix - - y - 0 bounce
		defer unix - - y - 0 bounce
		trace unix - - y - 0 bounce
		verify unix - - y - 1 verify
		anvil unix - - y - 1 anvil
		discard unix - - y - - discard
		tlsmgr unix - - y 1000? 1 tlsmgr
		postlog unix-dgram n - n - 1 postlogd
	END
	choose_port "$dir" && fill_jail "$dir/queue"
}

choose_port() { # DIR
	POSTFIX_PORT=$(free_port) && sed "s/PORT/$POSTFIX_PORT/" "$1/master.cf.in" >"$1/etc/master.cf"
}

# Starts it on a free port, which POSTFIX_PORT tells.  Another program may take the port before Postfix does:
# then with another one.
postfix_start() { # DIR
	local dir=$1 try
	for try in 1 2 3; do
		choose_port "$dir" || return
		if timeout -k 5 60 postfix -c "$dir/etc" start </dev/null >"$dir/log/start$try" 2>&1 &&
			wait_for 10 port_answers "$POSTFIX_PORT"; then
			return 0
		fi
		postfix_stop "$dir"
	done
	cat "$dir/log/start$try" "$dir/log/mail.log" >&2
	return 1
}

# Stops it, if it runs.
postfix_stop() { # DIR
	local pid
	pid=$(tr -cd 0-9 2>/dev/null <"$1/queue/pid/master.pid") || return 0
	[ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = master ] || return 0
	kill "$pid" # the master takes its children with it
	wait_for 10 pid_gone "$pid" || kill -9 "$pid"
	return 0
}

pid_gone() { # PID
	! kill -0 "$1" 2>/dev/null
}

# The mail log: how many lines it has, and whether one since then matches (logging is asynchronous, so
# callers wait_for it).
log_lines() { # DIR
	wc -l <"$1/log/mail.log"
}

log_since() { # DIR LINES EXTENDED-REGEX...
	local dir=$1 lines=$2 regex
	shift 2
	for regex; do
		tail -n "+$((lines + 1))" "$dir/log/mail.log" | grep -aE -- "$regex" >/dev/null || return
	done
}
