#!/bin/sh
# Stands for the updater of an agent, which reads where it is installed from this file.
ENVIRONMENT_FILE="THIS_SHOULD_BE_REPLACED_BY_INSTALLER_SCRIPT"
echo "The stand-in agent of $ENVIRONMENT_FILE is upgraded by kickstart." >&2
exit 1
