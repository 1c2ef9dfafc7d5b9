/**
 * Diagrams in the site: a block of Mermaid is drawn in the browser, by the script of the pinned package, which the site
 * brings with it. Only pages that have a diagram load it.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { JSX, type Application } from 'typedoc';

/** The part of a Markdown parser that is used here. */
type Rule = (tokens: { readonly info: string; readonly content: string }[], at: number, ...rest: unknown[]) => string;
interface MarkdownParser { readonly utils: { escapeHtml(text: string): string }; readonly renderer: { readonly rules: { fence?: Rule } } }

const SCRIPT = 'assets/mermaid.js';

/** The site shows a page when its own script has run; before, nothing has a size. */
const DRAW = `mermaid.initialize({ startOnLoad: false, theme: 'default' });
const draw = () => { if (document.body.style.display === 'none') setTimeout(draw, 50); else mermaid.run(); };
draw();`;

/** Leaves a block of Mermaid to the browser. */
export function diagramBlocks(markdown: MarkdownParser): void {
  const { fence } = markdown.renderer.rules;
  if (fence === undefined) throw new Error('the Markdown parser has no rule for fenced blocks');
  markdown.renderer.rules.fence = (tokens, at, ...rest) => {
    const token = tokens[at];
    return token?.info.trim() === 'mermaid' ? `<pre class="mermaid">${markdown.utils.escapeHtml(token.content)}</pre>\n` : fence(tokens, at, ...rest);
  };
}

/** Puts the scripts on the pages that have a diagram. */
export function diagramScripts(app: Application): void {
  app.renderer.hooks.on('body.end', (context) => {
    const { model } = context.page;
    const drawn = 'content' in model && Array.isArray(model.content) && (model.content as { readonly text: string }[]).some(({ text }) => text.startsWith('```mermaid'));
    if (!drawn) return JSX.createElement(JSX.Fragment, null);
    return JSX.createElement(JSX.Fragment, null,
      JSX.createElement('script', { src: context.relativeURL(SCRIPT, true) }), JSX.createElement('script', null, JSX.createElement(JSX.Raw, { html: DRAW })));
  });
}

/** Copies the script of the package into the site. */
export const bringDiagramScript = (root: string, site: string): void => copyFileSync(join(root, 'node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js'), join(site, SCRIPT));
