#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# postfix.t with smtpd chrooted, as Debian ships it.
exec "$(dirname "$0")/postfix.t" chrooted
