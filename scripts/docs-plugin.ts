/**
 * What the site adds to TypeDoc: a clause id leads to its clause, and the head comment of a file stands on its page.
 *
 * In comments the block tag `@clause id [id…]` becomes links, and so does every clause id in the text; in documents every
 * clause id in code font does. They are ordinary relative links, so that TypeDoc checks page and anchor.
 */
import { readFileSync } from 'node:fs';
import { Comment, Converter, MinimalSourceFile, ReflectionKind, normalizePath, type Application, type CommentDisplayPart } from 'typedoc';
import { anchorOf } from './anchors.js';

const CLAUSE_ID = /((?:base|6E-1|6E-2|6E-3|repair)\/[a-z0-9]+(?:-[a-z0-9]+)*)(?![\w.-]*\.(?:md|ts|js))/;
const text = (content: string): CommentDisplayPart => ({ kind: 'text', text: content });

/** The comment at the head of a file, without its stars. */
const headOf = (source: string): string => (/^\/\*\*(.*?)\*\//s.exec(source)?.[1] ?? '').replace(/^ *\* ?/gm, '').trim();

/** @param pages absolute path of the page of every clause */
export function clauseLinks(app: Application, pages: ReadonlyMap<string, string>): void {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const link = (id: string, where: string): CommentDisplayPart[] => {
      const page = pages.get(id);
      if (page === undefined) {
        app.logger.error(`${where} names ${id}, which is no clause`);
        return [text(id)];
      }
      const anchor = anchorOf(id);
      const { target } = project.files.registerAbsolute(normalizePath(page));
      return [
        text('['), { kind: 'code', text: `\`${id}\`` }, text(']('),
        { kind: 'relative-link', text: `${page}#${anchor}`, target, targetAnchor: anchor }, text(')'),
      ];
    };
    /** Links the clause ids that stand in code font; a heading is where such a link leads, and a label leads somewhere already. */
    const inCode = (parts: readonly CommentDisplayPart[], where: string): CommentDisplayPart[] => parts.flatMap((part, at) => {
      const code = part.kind === 'code' ? part.text.replace(/^`|`$/g, '') : '';
      const id = CLAUSE_ID.exec(code)?.[0] === code ? code : undefined;
      return id === undefined || /(^|\n)#+ $|\[$/.test(parts[at - 1]?.text ?? '') ? [part] : link(id, where);
    });
    /** Links the clause ids that stand in running text. */
    const inText = (parts: readonly CommentDisplayPart[], where: string): CommentDisplayPart[] => parts.flatMap((part) =>
      part.kind !== 'text' ? [part] : part.text.split(CLAUSE_ID).flatMap((piece, at) => at % 2 === 1 ? link(piece, where) : [text(piece)]));

    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      const file = project.files.getReflectionPath(module);
      if (file === undefined || module.comment !== undefined) continue;
      module.comment = new Comment(app.converter.parseRawComment(new MinimalSourceFile(headOf(readFileSync(file, 'utf8')), file), project.files).content);
    }
    for (const reflection of Object.values(project.reflections)) {
      const where = reflection.getFullName();
      if (reflection.isDocument()) reflection.content = inCode(reflection.content, where);
      const { comment } = reflection;
      if (comment === undefined) continue;
      for (const tag of comment.getTags('@clause')) {
        const ids = tag.content.map((part) => part.text).join('').split(/\s+/).filter((id) => id !== '');
        tag.content = ids.flatMap((id, at) => [...at === 0 ? [] : [text(', ')], ...link(id, where)]);
      }
      comment.summary = inText(inCode(comment.summary, where), where);
    }
  });
}

/** The part of a Markdown parser that is used here. */
interface Token { readonly type: string; content: string; children: Token[] | null }
interface State { readonly tokens: Token[]; readonly Token: new (type: string, tag: string, nesting: number) => Token }
interface MarkdownParser { readonly core: { readonly ruler: { push(name: string, rule: (state: State) => void): void } } }

/** Gives a heading in code font its anchor: TypeDoc makes one from plain text only. */
export function codeHeadings(markdown: MarkdownParser): void {
  markdown.core.ruler.push('code-headings', ({ tokens, Token }) => {
    const make = (type: string, content: string): Token => Object.assign(new Token(type, '', 0), { content });
    tokens.forEach((token, at) => {
      const inline = tokens[at + 1];
      if (token.type !== 'heading_open' || inline === undefined || inline.children === null) return;
      inline.children = inline.children.flatMap((child) => child.type !== 'code_inline' ? [child]
        : [make('html_inline', '<code>'), make('text', child.content), make('html_inline', '</code>')]);
    });
  });
}
