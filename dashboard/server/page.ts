import type { PageSettings } from "../api";

/** The page without its content, which its script makes. Settings stand in an attribute: inline scripts are forbidden. */
export function pageHtml(settings: PageSettings, version: string): string {
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="Product analytics of the web shop, straight from Pinot">
<title>Product analytics · Millrace</title>
<link rel="icon" href="/assets/icon.svg?${version}" type="image/svg+xml">
<link rel="stylesheet" href="/assets/app.css?${version}">
<script type="module" src="/assets/app.js?${version}"></script>
</head>
<body data-settings="${escaped(JSON.stringify(settings))}">
<div id="app"></div>
<noscript>The dashboard draws its charts with JavaScript, which is switched off in this browser.</noscript>
</body>
</html>
`;
}

/** The page's icon: three bars that grow. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#2f5fb3"/><g fill="#fff"><rect x="7" y="17" width="4.5" height="8" rx="1"/><rect x="13.75" y="12" width="4.5" height="13" rx="1"/><rect x="20.5" y="7" width="4.5" height="18" rx="1"/></g></svg>
`;

function escaped(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
