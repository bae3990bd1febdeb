/** XML as a tree, read strictly: what is not well formed throws. */
import { SaxesParser, type SaxesTagNS } from 'saxes';

export interface XmlNode {
  /** Without prefix. */
  name: string;
  uri: string;
  attributes: Record<string, string>;
  text: string;
  children: XmlNode[];
}

export function parseXml(text: string): XmlNode {
  const root: XmlNode = { name: '', uri: '', attributes: {}, text: '', children: [] };
  const open = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ local, uri, attributes }: SaxesTagNS) => {
    const node: XmlNode = { name: local, uri, attributes: {}, text: '', children: [] };
    for (const { local: name, value } of Object.values(attributes)) node.attributes[name] = value;
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  parser.on('text', (piece) => {
    const node = open.at(-1);
    if (node !== undefined) node.text += piece;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(text).close();
  const [top] = root.children;
  if (top === undefined) throw new Error('the document has no element');
  return top;
}

export const childrenOf = ({ children }: XmlNode, name: string): XmlNode[] => children.filter((child) => child.name === name);
