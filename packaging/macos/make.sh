#!/bin/sh
# The recipe of a Mac: builds Tollhouse.app, signs it where SIGN_AS names an identity, has Apple notarise it where NOTARY_PROFILE names a
# profile of the key chain, packs it into a disk image, and makes calls with it. Needs Python 3.11 or later on Apple silicon, macOS 14.
# Run from the checkout: sh packaging/macos/make.sh. Not tried on macOS yet.
set -eu
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' appliance/__init__.py)
app=dist/Tollhouse.app
image=dist/Tollhouse-$version.dmg

python3 dev.py build
"$app/Contents/MacOS/tollhouse" demo --seconds 30
if [ -n "${SIGN_AS:-}" ]; then
    codesign --force --deep --options runtime --timestamp --sign "$SIGN_AS" "$app"
    codesign --verify --deep --strict "$app"
fi
rm -f "$image"
hdiutil create -volname Tollhouse -srcfolder "$app" -format UDZO "$image"
if [ -n "${NOTARY_PROFILE:-}" ]; then
    xcrun notarytool submit "$image" --keychain-profile "$NOTARY_PROFILE" --wait
    xcrun stapler staple "$image"
fi
echo "$image"
