# SPDX-License-Identifier: Apache-2.0
"""boto3 sessions that share what does not depend on whose they are.

A boto3 session reads endpoints, partitions and service models (JSON of up to some megabytes) for itself, and makes classes, rule sets and
an SSL context for every client: 75 ms for IAM and 170 ms for EC2 on the machine where this was written. Here one process does that once
for all its sessions. The credentials, the settings and the event handlers stay each session's own.

What is shared goes through `Session.register_component` and the constructor's `event_hooks`, or replaces a class where botocore looks
its name up (seen with botocore 1.31 to 1.44). A seam that a version of botocore does not have is left alone: then it is plain boto3.
"""

import contextlib
import copy
import gc
import os
import threading

import boto3.session
import botocore.session
from botocore.hooks import HierarchicalEmitter
from botocore.httpsession import URLLib3Session

# Never more than so many of each kind are kept: a function that makes clients of ever new settings must not fill the memory.
_KEPT = 64


class _Lock:
    """The lock of this process; a fork has its own, since the thread that held its parent's is not there."""

    held = threading.Lock()

    @classmethod
    def renew(cls):
        cls.held = threading.Lock()


os.register_at_fork(after_in_child=_Lock.renew)


class _Kept:
    """The last few things that were made, by what they were made of."""

    def __init__(self, most=_KEPT):
        self._most = most
        self._things = {}

    def get(self, key, make):
        try:
            thing = self._things.get(key)
        except TypeError:  # settings that cannot be compared are not shared
            return make()
        if thing is None:
            thing = make()
            with _Lock.held:
                while len(self._things) >= self._most:
                    self._things.pop(next(iter(self._things)))
                thing = self._things.setdefault(key, thing)
        return thing


class SharedParts:
    """What the sessions of this process have in common."""

    _parts = None

    @classmethod
    def of_process(cls):
        """This process's, made when they are first asked for: there is one loader that clients are shared by."""
        with _Lock.held:
            if cls._parts is None:
                cls._parts = cls()
            return cls._parts

    def __init__(self):
        self._preloaded = set()
        emitter = HierarchicalEmitter()
        template = botocore.session.Session(event_hooks=emitter)
        self._has_boto3_handlers = hasattr(boto3.session.Session, "_register_default_handlers")
        if self._has_boto3_handlers:
            boto3.session.Session(botocore_session=template)
        self._emitter = emitter
        self._public = {"data_loader": template.get_component("data_loader")}
        self._internal = {}
        for name in ("endpoint_resolver", "default_config_resolver", "exceptions_factory"):
            try:
                self._internal[name] = template._get_internal_component(name)
            except (AttributeError, ValueError):
                continue
        _share_client_parts(self._public["data_loader"])

    def botocore_session(self):
        """A botocore session with handlers of its own, and everything else shared."""
        session = botocore.session.Session(event_hooks=copy.copy(self._emitter), include_builtin_handlers=False)
        for name, component in self._public.items():
            session.register_component(name, component)
        locator = getattr(session, "_internal_components", None)
        if locator is not None:
            for name, component in self._internal.items():
                locator.register_component(name, component)
        return session

    def preload(self, services):
        """Loads the models of services, so that no session pays for it; names that there are none of are passed over."""
        for service in set(services) - self._preloaded:
            self._preloaded.add(service)
            try:
                SharingSession(
                    self, aws_access_key_id="none", aws_secret_access_key="none", region_name="us-east-1").client(service)
            except Exception:
                # Whatever is wrong is told where the function makes its client.
                continue

    @property
    def has_boto3_handlers(self):
        """Whether boto3's handlers came with the shared ones, so that a session need not register them."""
        return self._has_boto3_handlers


class SharingSession(boto3.session.Session):
    """A boto3 session over shared parts."""

    def __init__(self, shared, **settings):
        self._shared_parts = shared
        super().__init__(botocore_session=shared.botocore_session(), **settings)

    def _register_default_handlers(self):
        if not self._shared_parts.has_boto3_handlers:
            super()._register_default_handlers()

    def _setup_loader(self):
        loader = self._session.get_component("data_loader")
        known = len(loader.search_paths)
        super()._setup_loader()
        # The shared loader has boto3's folder already.
        if len(set(loader.search_paths)) == known:
            del loader.search_paths[known:]


def _share_client_parts(loader):
    """Lets clients of the same service share their class, its model and its endpoint rules, and clients of the same settings their
    connections. Only what `loader` has read is kept: a function's own sessions leave nothing behind."""
    shared_rules = set()
    for share in (lambda: _share_classes(loader, shared_rules), lambda: _share_rules(shared_rules), _share_connections):
        try:
            share()
        except (ImportError, AttributeError):
            continue


def _share_classes(loader, shared_rules):
    import botocore.client

    plain = botocore.client.ClientCreator
    plain._load_service_model, plain._create_client_class, plain._load_service_endpoints_ruleset
    models, classes = _Kept(), _Kept()

    class SharingClientCreator(plain):
        def _load_service_model(self, service_name, api_version=None):
            def make():
                return plain._load_service_model(self, service_name, api_version)

            return models.get((service_name, api_version), make) if self._loader is loader else make()

        def _create_client_class(self, service_name, service_model):
            def make():
                return plain._create_client_class(self, service_name, service_model)

            handlers = _class_handlers(self._event_emitter, service_model)
            if self._loader is not loader or handlers is None:
                return make()
            # A function that adds methods to clients by an event gets a class of its own.
            return classes.get((service_name, id(service_model), handlers), make)

        def _load_service_endpoints_ruleset(self, service_name, api_version=None):
            rules = plain._load_service_endpoints_ruleset(self, service_name, api_version)
            if self._loader is loader:
                shared_rules.add(id(rules))
            return rules

    botocore.client.ClientCreator = SharingClientCreator


def _class_handlers(emitter, service_model):
    """What takes part in making a service's client class, as something that can be compared; None where that cannot be told."""
    try:
        event = f"creating-client-class.{service_model.service_id.hyphenize()}"
        original = getattr(emitter, "_emitter", emitter)
        # Themselves: the number of one that is gone would be taken for another's.
        return tuple(original._handlers.prefix_search(event))
    except AttributeError:
        return None


def _share_rules(shared_rules):
    import botocore.regions

    plain = botocore.regions.EndpointProvider
    providers = _Kept()

    def provider(ruleset_data, partition_data, **more):
        def make():
            return plain(ruleset_data, partition_data, **more)

        if id(ruleset_data) not in shared_rules:
            return make()
        return providers.get((id(ruleset_data), id(partition_data), _frozen(more)), make)

    botocore.regions.EndpointProvider = provider


def _share_connections():
    import botocore.args

    plain = botocore.args.EndpointCreator
    sessions = _Kept(most=16)

    def http_session(**settings):
        return sessions.get(_frozen(settings), lambda: URLLib3Session(**settings))

    class SharingEndpointCreator(plain):
        def create_endpoint(self, *positional, **settings):
            settings.setdefault("http_session_cls", http_session)
            return super().create_endpoint(*positional, **settings)

    botocore.args.EndpointCreator = SharingEndpointCreator


def _frozen(value):
    if isinstance(value, dict):
        return tuple(sorted((key, _frozen(item)) for key, item in value.items()))
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(_frozen(item) for item in value)
    return value


def close_connections():
    """Closes what a file's or a script's own clients have open: two processes must not speak on one connection."""
    for session in _http_sessions():
        # One that another thread of a script is making has nothing open, nor all that it closes.
        with contextlib.suppress(AttributeError):
            session.close()


# What forks must neither use nor touch, nor have collected, which would touch it.
_abandoned = []


def abandon_connections():
    """Lets clients that a fork has of its parent connect anew.

    Closing what they have open would wait for locks, of which a thread that is not here may have held one.
    """
    # What was there before the first fork was hidden from collection.
    gc.unfreeze()
    for session in _http_sessions():
        with contextlib.suppress(AttributeError):
            pools = session._manager.pools
            _abandoned.append((pools, session._proxy_managers))
            session._manager.pools = type(pools)(pools._maxsize, pools.dispose_func)
            session._proxy_managers = {}


def _http_sessions():
    # isinstance would ask a proxy, whose object may be gone.
    return [thing for thing in gc.get_objects() if issubclass(type(thing), URLLib3Session)]
