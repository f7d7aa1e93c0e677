"""PJSIP as a phone: the program that `tests.helpers.pjsip` runs and talks to in lines of JSON.

It plays a tone into its calls and writes what it hears to a WAV file; it answers by itself. One argument: its account as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pjsua2 as pj

STATUS = {pj.PJSUA_CALL_MEDIA_ACTIVE: "active", pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "held", pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "held by them"}
KIND = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP}
PRACK = {"none": pj.PJSUA_100REL_NOT_USED, "optional": pj.PJSUA_100REL_OPTIONAL, "required": pj.PJSUA_100REL_MANDATORY}


def tell(event: str, **values: Any) -> None:
    print(json.dumps({"event": event, **values}), flush=True)


class Call(pj.Call):
    """One call with its tone and its recorder."""

    def __init__(self, phone: Phone, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone, call_id)
        self.phone = phone

    def onCallState(self, prm: Any) -> None:  # noqa: N802
        info = self.getInfo()
        tell("state", state=info.stateText, status=info.lastStatusCode)

    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        info = self.getInfo()
        for place, media in enumerate(info.media):
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            tell("media", status=STATUS.get(media.status, "other"))
            if media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                sound = self.getAudioMedia(place)
                self.phone.tone.startTransmit(sound)
                sound.startTransmit(self.phone.recorder)

    def onDtmfDigit(self, prm: Any) -> None:  # noqa: N802
        tell("digit", digit=prm.digit)

    def onCallTransferStatus(self, prm: Any) -> None:  # noqa: N802
        tell("transferred", status=prm.statusCode, last=bool(prm.finalNotify))
        prm.cont = not prm.finalNotify


class Phone(pj.Account):
    """The account."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__()
        self.told = told
        self.calls: list[Call] = []
        self.tone = pj.ToneGenerator()
        self.recorder = pj.AudioMediaRecorder()

    def begin(self) -> None:
        told = self.told
        self.recorder.createRecorder(told["wav"])
        self.tone.createToneGenerator()
        tone = pj.ToneDesc()
        tone.freq1, tone.freq2, tone.on_msec, tone.off_msec = told["hertz"], 0, 30_000, 0
        self.tone.play(pj.ToneDescVector([tone]), True)
        made = pj.AccountConfig()
        made.idUri = f"sip:{told['number']}@{told['domain']}"
        made.regConfig.registrarUri = f"sip:{told['domain']};transport={told['transport']}"
        made.sipConfig.proxies.append(f"sip:{told['server']};transport={told['transport']};lr")
        made.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", told["number"], 0, told["password"]))
        made.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
        made.callConfig.timerSessExpiresSec = 600
        made.callConfig.prackUse = PRACK[told["prack"]]
        made.mediaConfig.transportConfig.boundAddress = made.mediaConfig.transportConfig.publicAddress = "127.0.0.1"
        self.create(made)

    def onRegState(self, prm: Any) -> None:  # noqa: N802
        tell("registered", status=prm.code)

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        call = Call(self, prm.callId)
        self.calls.append(call)
        for status in (180, 200):
            answer = pj.CallOpParam()
            answer.statusCode = status
            call.answer(answer)

    def do(self, asked: dict[str, Any]) -> None:
        verb = asked["do"]
        if verb == "call":
            call = Call(self)
            self.calls.append(call)
            call.makeCall(asked["to"], pj.CallOpParam(True))
            return
        call, plain = self.calls[-1], pj.CallOpParam(True)
        if verb == "hold":
            call.setHold(plain)
        elif verb == "resume":
            plain.opt.flag = pj.PJSUA_CALL_UNHOLD
            call.reinvite(plain)
        elif verb == "update":
            call.update(plain)
        elif verb == "digits":
            call.dialDtmf(asked["digits"])
        elif verb == "transfer":
            call.xfer(asked["to"], plain)
        elif verb == "hang up":
            call.hangup(plain)


def main() -> None:
    told = json.loads(sys.argv[1])
    end = pj.Endpoint()
    end.libCreate()
    made = pj.EpConfig()
    made.uaConfig.threadCnt, made.uaConfig.mainThreadOnly = 0, True
    made.logConfig.level, made.logConfig.consoleLevel, made.logConfig.filename = 5, 0, told["log"]
    made.medConfig.noVad, made.medConfig.ecTailLen = True, 0
    end.libInit(made)
    way = pj.TransportConfig()
    way.boundAddress = "127.0.0.1"
    end.transportCreate(KIND[told["transport"]], way)
    end.libStart()
    end.audDevManager().setNullDev()
    for codec in end.codecEnum2():
        end.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("PCMA") else 0)
    phone = Phone(told)
    phone.begin()
    os.set_blocking(sys.stdin.fileno(), False)
    waiting = b""
    while True:
        end.libHandleEvents(10)
        try:
            read = os.read(sys.stdin.fileno(), 65536)
        except BlockingIOError:
            continue
        if not read:
            break
        *lines, waiting = (waiting + read).split(b"\n")
        for line in lines:
            phone.do(json.loads(line))
    end.libDestroy(pj.PJSUA_DESTROY_NO_NETWORK)  # writes the file's head; a goodbye would wait for answers
    os._exit(0)  # what Python still holds of the library is gone with it


if __name__ == "__main__":
    main()
