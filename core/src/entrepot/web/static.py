"""Files: style sheets and scripts of core, themes and plugins under hashed addresses; pictures of products."""

from __future__ import annotations

import os

from flask import Blueprint, Response, abort, current_app, request
from werkzeug.wrappers import Response as BaseResponse
from werkzeug.wsgi import wrap_file

from entrepot import web
from entrepot.catalog import media
from entrepot.markets.queries import StoreMissing, store
from entrepot.theming.facade import Theming
from entrepot.theming.static import URL_PREFIX, StaticFile

blueprint = Blueprint("static", __name__)

#: A picture opened on its own is a document; this one can do nothing.
_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@blueprint.get(f"{URL_PREFIX}/<path:path>")
def theme_file(path: str) -> BaseResponse:
    """A file of the layers: store, theme, plugins under ``x/<plugin-id>/``, core."""
    theming: Theming = current_app.extensions["entrepot.theming"]
    file = theming.find_static(path)
    if file is not None and not file.immutable:
        file = _in_the_newest_look(theming, path)
    if file is None:
        abort(404)
    response = Response(file.read(), content_type=file.content_type)
    response.headers["Cache-Control"] = file.cache_control
    response.set_etag(file.etag)
    if file.content_type == "image/svg+xml":
        response.headers["Content-Security-Policy"] = _SANDBOX
    return response.make_conditional(request)


def _in_the_newest_look(theming: Theming, path: str) -> StaticFile | None:
    """Under this hash there is nothing else: perhaps another process already draws pages in a newer look."""
    try:
        worn = store()
    except StoreMissing:
        return theming.find_static(path)
    theming.follow(worn.theme, worn.theme_settings)
    return theming.find_static(path)


@blueprint.get("/media/<path:path>")
def media_file(path: str) -> BaseResponse:
    """A stored picture. Its name carries a digest of its content, so it never changes."""
    try:
        file = media.LocalMedia(web.runtime().settings.media_dir).open(path)
    except media.MediaRefused:
        abort(404)
    response = Response(wrap_file(request.environ, file), direct_passthrough=True)
    response.headers.update(media.headers(path))
    response.content_length = os.fstat(file.fileno()).st_size
    response.set_etag(path)
    return response.make_conditional(request)
