#!/bin/sh
# Stands for the uninstaller of an agent, which reads what it removes from this file.
ENVIRONMENT_FILE="/etc/netdata/.environment"
echo "The stand-in agent of $ENVIRONMENT_FILE is removed by kickstart uninstall." >&2
exit 1
