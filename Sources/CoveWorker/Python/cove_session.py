# SPDX-License-Identifier: Apache-2.0
"""What a function is given: botocove's CoveSession, with credentials that cove renews."""

import datetime
import threading

from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError

from cove_boto import SharingSession

# Cove renews a role session minutes before its end; asking earlier than that would only get the same again.
_ASK_SECONDS = 120
_MUST_SECONDS = 60


class CoveSession(SharingSession):
    """A boto3 session in the target's account and region, with what botocove's session knows of the account."""

    assume_role_success = True
    # Makes the session of the calling account, where it is the script's own process that was forked.
    calling_session = None

    def __init__(self, shared, session_information, credentials):
        self.session_information = session_information
        region = session_information.get("Region")
        super().__init__(shared, **({"region_name": region} if region else {}))
        self._session._credentials = credentials

    def __repr__(self):
        return f"{self.__class__.__name__}(account_id={self.session_information['Id']})"

    @property
    def sts_client(self):
        """A client of the calling account in a script's own process; elsewhere cove has the caller's credentials, not the function."""
        if self.calling_session is None:
            raise AttributeError(
                "cove gives a function no sts_client of the calling account; session.client('sts') is the target's own")
        return self.calling_session().client("sts")

    def activate_cove_session(self):
        """The session itself: cove has assumed its role."""
        return self

    def initialize_boto_session(self, *args, **kwargs):
        """Makes it a plain boto3 session with other settings, as botocove's method does."""
        SharingSession.__init__(self, self._shared_parts, *args, **kwargs)

    def format_cove_result(self, result):
        """The session's information with a result in it."""
        self.session_information["Result"] = result
        return self.session_information

    def format_cove_error(self, err):
        """The session's information with an error in it."""
        self.session_information["ExceptionDetails"] = err
        return self.session_information


def credentials_of(given, renew):
    """botocore credentials out of a frame's; `renew` asks cove for others and may be called from any thread."""
    lock = threading.Lock()

    def refresh():
        with lock:
            answer = renew()
        if "error" in answer:
            raise CredentialRetrievalError(provider="cove", error_msg=answer["error"])
        return _metadata(answer["credentials"])

    if not given.get("expiration"):
        return Credentials(given["accessKeyId"], given["secretAccessKey"], given.get("sessionToken"), method="cove")
    first = _metadata(given)
    credentials = RefreshableCredentials(
        first["access_key"], first["secret_key"], first["token"],
        datetime.datetime.fromisoformat(first["expiry_time"]), refresh, "cove")
    credentials._advisory_refresh_timeout = _ASK_SECONDS
    credentials._mandatory_refresh_timeout = _MUST_SECONDS
    return credentials


def _metadata(given):
    end = datetime.datetime.fromtimestamp(given["expiration"], datetime.timezone.utc)
    return {"access_key": given["accessKeyId"], "secret_key": given["secretAccessKey"], "token": given.get("sessionToken"),
            "expiry_time": end.isoformat()}
