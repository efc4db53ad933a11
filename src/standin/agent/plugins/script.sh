#!/bin/sh
# Stands for a script that a real agent has here. The stand-in agent collects nothing and notifies nobody.
exit 0
