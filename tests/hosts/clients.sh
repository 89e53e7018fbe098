# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The mail clients that log in for the host tests and the demo.  Sourced.

CLIENTS_PY=$(dirname "${BASH_SOURCE[0]}")/clients.py
CLIENT_SECONDS=30
CLIENT_IN=() # words before a client's command: another network namespace, say
PYTHON=/usr/bin/python3 # Debian's, whatever else is in PATH

# Which client can do which mechanism.
clients_for() { # MECH
	case $1 in
	PLAIN) echo raw swaks curl gsasl msmtp smtplib ;;
	LOGIN | CRAM-MD5) echo swaks curl gsasl msmtp smtplib ;;
	DIGEST-MD5) echo swaks curl gsasl msmtp ;;
	SCRAM-SHA-1 | SCRAM-SHA-256) echo scram gsasl msmtp ;;
	esac
}

# AUTH PLAIN's initial response.
plain_response() { # USER PASSWORD [AUTHZID]
	printf '%s\0%s\0%s' "${3-}" "$1" "$2" | base64 -w 0
}

# Sets the array client_command to the command that logs in.  No client reads a configuration file, stdin or
# anything else of the machine.
client_command() { # CLIENT PORT MECH USER PASSWORD
	local client=$1 port=$2 mech=$3 user=$4 password=$5
	case $client in
	raw) client_command=("$PYTHON" "$CLIENTS_PY" talk "$port" "AUTH PLAIN $(plain_response "$user" "$password")") ;;
	smtplib | scram) client_command=("$PYTHON" "$CLIENTS_PY" "$client" "$port" "$mech" "$user" "$password") ;;
	swaks) client_command=(swaks --config '' --server 127.0.0.1 --port "$port" --helo client.test --auth "$mech"
		--auth-user "$user" --auth-password "$password" --quit-after AUTH) ;;
	curl) client_command=(curl -q -sv "smtp://127.0.0.1:$port/client.test" --login-options "AUTH=$mech"
		-u "$user:$password" -X NOOP) ;;
	gsasl) client_command=(gsasl --smtp --connect "127.0.0.1:$port" -m "$mech" -a "$user" -p "$password"
		--no-starttls) ;;
	msmtp) client_command=(msmtp --debug --host=127.0.0.1 "--port=$port" "--auth=${mech,,}" "--user=$user"
		"--passwordeval=printf %s $(printf %q "$password")" --tls=off --from=a@client.test --file=/dev/null
		b@client.test) ;;
	*) return 2 ;;
	esac
}

# The reply to AUTH in the transcript of any client: the first 235, 4xx or 5xx of the server.
reply_to_auth() {
	grep -aoE '^(<[-~*]*[[:space:]]+)?(235|[45][0-9][0-9])[ -]' | grep -oE '[0-9]{3}' | head -n 1
}

# Logs in.  Prints the reply code of AUTH, and after it the exit code where the client's verdict is another
# than the reply's.  The transcript is left in the file $CLIENT_TRANSCRIPT.
client_login() { # CLIENT PORT MECH USER PASSWORD
	local client_command code=0 reply
	client_command "$@" || return
	timeout -k 5 "$CLIENT_SECONDS" "${CLIENT_IN[@]}" "${client_command[@]}" </dev/null >"$CLIENT_TRANSCRIPT" 2>&1 || code=$?
	reply=$(reply_to_auth <"$CLIENT_TRANSCRIPT")
	case $reply/$code in
	235/0 | [45]??/[!0]*) echo "$reply" ;;
	*) echo "${reply:-no reply} exit $code" ;;
	esac
}
