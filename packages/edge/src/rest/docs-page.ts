import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

export const DOCS_ASSETS = '/api/docs/assets/';

/** The folder of swagger-ui's own files. */
export const docsAssetsFolder = (): string =>
  dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** What of that folder is served. */
export const DOCS_FILES: ReadonlySet<string> = new Set(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']);

// `validatorUrl: null`: the page otherwise asks a stranger's server to check the document.
const SCRIPT = `SwaggerUIBundle({
  url: '/api/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: true,
});`;

export const DOCS_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Munova Chat API</title>
    <link rel="icon" type="image/png" href="${DOCS_ASSETS}favicon-32x32.png">
    <link rel="stylesheet" href="${DOCS_ASSETS}swagger-ui.css">
  </head>
  <body>
    <div id="docs"></div>
    <script src="${DOCS_ASSETS}swagger-ui-bundle.js"></script>
    <script>${SCRIPT}</script>
  </body>
</html>
`;

/** The page loads nothing from elsewhere, and runs no script but these two. */
export const DOCS_POLICY = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
