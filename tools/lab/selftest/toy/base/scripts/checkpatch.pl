#!/bin/sh
# Complains of what the case wants it to.
for f; do :; done
case $f in
*"${TOY_BAD:-nothing}"*) echo "ERROR:TOY: ${f##*/}" ;;
esac
