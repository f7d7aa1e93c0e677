"""How a call that we end is ended, by the cause of it."""

ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'  # RFC 3326 3.1
#: Status and reason for a caller whose unanswered call we end, and the Reason for both sides of an answered one.
ENDINGS = {
    "credit": (402, "Payment Required", 'SIP;cause=402;text="Credit exhausted"'),
    "limit": (480, "Temporarily Unavailable", 'SIP;cause=480;text="Limit reached"'),
    "fuse": (403, "Forbidden", 'SIP;cause=403;text="Calls stopped"'),
    "cap": (403, "Forbidden", 'SIP;cause=403;text="Monthly limit reached"'),
    "own_cap": (402, "Payment Required", 'SIP;cause=402;text="Spending cap reached"'),
    "spend": (403, "Forbidden", 'SIP;cause=403;text="Daily limit reached"'),
    "silence": (480, "Temporarily Unavailable", 'Q.850;cause=41;text="No media"'),
    "session_timer": (408, "Request Timeout", 'SIP;cause=408;text="Session expired"'),
    "timeout": (408, "Request Timeout", 'SIP;cause=408;text="Timeout"'),
    "shutdown": (503, "Service Unavailable", 'SIP;cause=503;text="Shutting down"'),
}
ENDED = (480, "Temporarily Unavailable", 'Q.850;cause=16;text="Ended by the operator"')
