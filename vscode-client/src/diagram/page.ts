/** The document of the diagram's page: what it may load, and where its parts are. */

export interface PageParts {
  readonly script: string;
  readonly worker: string;
  readonly style: string;
  /** Where the resources of the extension come from, as the workbench writes it for the policy. */
  readonly source: string;
  readonly nonce: string;
}

/**
 * The HTML of the page. Nothing comes from outside the extension; the worker is read as text and started from a blob,
 * since a page of the workbench may not start one from the extension's own address.
 */
export function pageHtml({ script, worker, style, source, nonce }: PageParts): string {
  const policy = [
    "default-src 'none'",
    `style-src ${source}`,
    `script-src 'nonce-${nonce}'`,
    `connect-src ${source}`,
    "worker-src blob:",
    "img-src blob:",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Model diagram</title>
</head>
<body>
<div id="page" data-worker="${worker}"></div>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}
