import type { Nodes } from 'mdast'
import { flatText, squeeze } from './inline.ts'

/**
 * A block's text in its canonical form: what it says, without how it was marked up. Two blocks that differ in white space, emphasis,
 * list markers or link style alone have the same text. Comments say nothing; code keeps its lines.
 */
export function blockText(node: Nodes, source: string): string {
  switch (node.type) {
    case 'paragraph':
    case 'tableCell':
      return flatText(node.children, source)
    case 'heading':
      return `# ${flatText(node.children, source)}`
    case 'code':
      return `\`\`\`${node.lang ?? ''}\n${node.value.replace(/[ \t]+$/gm, '').trimEnd()}\n\`\`\``
    case 'list':
      return node.children.map((item) => blockText(item, source)).join('\n')
    case 'listItem': {
      const box = node.checked === null || node.checked === undefined ? '' : node.checked ? '[x] ' : '[ ] '
      return `- ${box}${indent(blocksText(node.children, source, '\n'))}`
    }
    case 'blockquote':
      return `> ${blocksText(node.children, source, '\n').replaceAll('\n', '\n> ')}`
    case 'table':
      return node.children.map((row) => blockText(row, source)).join('\n')
    case 'tableRow':
      return `| ${node.children.map((cell) => blockText(cell, source)).join(' | ')} |`
    case 'html':
      return squeeze(node.value.replace(/<!--[\s\S]*?(?:-->|$)/g, ''))
    default:
      return ''
  }
}

/** Several blocks' canonical text; blocks that say nothing leave no trace. */
export function blocksText(nodes: readonly Nodes[], source: string, between: string): string {
  return nodes
    .map((node) => blockText(node, source))
    .filter((text) => text !== '')
    .join(between)
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n  ')
}
