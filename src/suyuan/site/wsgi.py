"""The site as a WSGI application; the settings come from the environment."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suyuan.site.settings")
application = get_wsgi_application()
