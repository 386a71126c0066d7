//! Lists the elements and texts of a page in document order, with sums of letters and links.
//!
//! Every later question (how much text, how much of it linked, which lines) is a subtraction or a walk along the list:
//! nothing recurses, and the cost is linear in the length of the page.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::LazyLock;

use ego_tree::NodeId;
use scraper::node::Element;
use scraper::{Html, Node};

use super::class_words;
use crate::parse::plain_text;

/// How many bytes of text are read for each character that is kept. Chosen by hand.
const BYTES_PER_CHARACTER: usize = 8;
/// The longest character, in bytes of UTF-8.
const MAX_CHARACTER_BYTES: usize = 4;
/// How many words of its class and id a label shows. Chosen by hand.
const LABEL_WORDS: usize = 4;

/// One element or one text of a page.
#[derive(Debug)]
pub(crate) struct PageNode {
    /// Its node in the tree.
    id: NodeId,
    /// True for a text.
    pub(crate) is_text: bool,
    /// The index of the node that contains it; its own index for the first.
    pub(crate) parent: usize,
    /// The index after its last descendant.
    pub end: usize,
    /// How many nodes contain it.
    pub(crate) depth: u16,
    /// The words of its class and id, in lower case, each with a space on both sides.
    pub hints: String,
}

/// The nodes of a page, without what is never shown.
#[derive(Debug)]
pub struct Outline {
    html: Rc<Html>,
    /// The nodes, in document order.
    pub(crate) nodes: Vec<PageNode>,
    letters: Vec<u32>,
    linked: Vec<u32>,
    links: Vec<u32>,
}

/// One line of a page as a browser shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The block element that contains it.
    pub host: usize,
    /// Its first node.
    pub first: usize,
    /// The index after its last node.
    pub end: usize,
    /// How many characters it has, without white space.
    pub letters: u32,
    /// How many of these are in links.
    pub linked: u32,
}

impl Outline {
    /// Lists the nodes of a page.
    ///
    /// ```
    /// use marsad::parse::page::dom::{flat_tree::Outline, bounded_tree};
    /// let html = bounded_tree::read("<p>One <a href=/x>two</a></p><p>Three</p>").unwrap();
    /// let outline = Outline::of(html.into());
    /// assert_eq!((outline.letters(0), outline.linked(0), outline.lines(0).len()), (11, 3, 2));
    /// ```
    #[must_use]
    pub fn of(html: Rc<Html>) -> Self {
        let tree = Rc::clone(&html);
        let mut outline = Self { html, nodes: Vec::new(), letters: vec![0], linked: vec![0], links: vec![0] };
        let (mut open, mut anchors) = (Vec::new(), 0_usize);
        let mut next = tree.tree.root().first_child();
        while let Some(node) = next {
            let mut inside = None;
            match node.value() {
                Node::Element(element) if !is_hidden(element) => {
                    anchors += usize::from(element.name() == "a");
                    open.push(outline.push((node.id(), node.value()), &open, anchors > 0));
                    inside = node.first_child();
                    anchors -= usize::from(inside.is_none() && element.name() == "a");
                    if inside.is_none() {
                        open.pop();
                    }
                }
                Node::Text(_) => {
                    outline.push((node.id(), node.value()), &open, anchors > 0);
                }
                _ => {}
            }
            let mut last = node;
            next = inside.or_else(|| {
                loop {
                    if let Some(sibling) = last.next_sibling() {
                        break Some(sibling);
                    }
                    last = last.parent()?;
                    if let Some(at) = open.pop() {
                        anchors -= usize::from(outline.name(at) == "a");
                        outline.nodes[at].end = outline.nodes.len();
                    }
                }
            });
        }
        outline
    }

    fn push(&mut self, (id, node): (NodeId, &Node), open: &[usize], linked: bool) -> usize {
        let at = self.nodes.len();
        let text = node.as_text().map_or("", |text| text);
        let letters = u32::try_from(text.chars().filter(|c| !c.is_whitespace()).count()).unwrap_or(u32::MAX);
        let sum = |sums: &[u32], more: u32| sums.last().copied().unwrap_or(0).saturating_add(more);
        self.letters.push(sum(&self.letters, letters));
        self.linked.push(sum(&self.linked, if linked { letters } else { 0 }));
        self.links.push(sum(&self.links, u32::from(node.as_element().is_some_and(|element| element.name() == "a"))));
        self.nodes.push(PageNode {
            id,
            is_text: node.is_text(),
            parent: open.last().copied().unwrap_or(0),
            end: at + 1,
            depth: u16::try_from(open.len()).unwrap_or(u16::MAX),
            hints: node.as_element().map(class_words::of).unwrap_or_default(),
        });
        at
    }

    fn node(&self, at: usize) -> Option<&Node> {
        self.html.tree.get(self.nodes[at].id).map(|node| node.value())
    }

    /// The element at `at`; none for a text.
    fn element(&self, at: usize) -> Option<&Element> {
        self.node(at).and_then(Node::as_element)
    }

    /// The text at `at`; empty for an element.
    fn own_text(&self, at: usize) -> &str {
        self.node(at).and_then(Node::as_text).map_or("", |text| text)
    }

    /// How many characters a node contains, without white space.
    #[must_use]
    pub fn letters(&self, at: usize) -> u32 {
        self.letters[self.nodes[at].end] - self.letters[at]
    }

    /// How many characters there are from one node up to another, without white space.
    #[must_use]
    pub(crate) fn letters_between(&self, from: usize, to: usize) -> u32 {
        self.letters[to] - self.letters[from]
    }

    /// How many of a node's characters are in links.
    #[must_use]
    pub fn linked(&self, at: usize) -> u32 {
        self.linked[self.nodes[at].end] - self.linked[at]
    }

    /// How many links a node contains, itself included.
    #[must_use]
    pub(crate) fn links(&self, at: usize) -> u32 {
        self.links[self.nodes[at].end] - self.links[at]
    }

    /// The name of an element; the empty string for a text.
    #[must_use]
    pub fn name(&self, at: usize) -> &str {
        self.element(at).map_or("", Element::name)
    }

    /// The indices of these nodes of the tree, without those that are never shown.
    #[must_use]
    pub(crate) fn indices(&self, ids: impl Iterator<Item = NodeId>) -> Vec<usize> {
        let ids: HashSet<NodeId> = ids.collect();
        (0..self.nodes.len()).filter(|at| ids.contains(&self.nodes[*at].id)).collect()
    }

    /// The label of an element for people: `aside.related`.
    #[must_use]
    pub fn label(&self, at: usize) -> String {
        let words: Vec<&str> = self.nodes[at].hints.split_whitespace().take(LABEL_WORDS).collect();
        std::iter::once(self.name(at)).chain(words).collect::<Vec<_>>().join(".")
    }

    /// An attribute of an element.
    #[must_use]
    pub(crate) fn attr(&self, at: usize, name: &str) -> Option<&str> {
        self.element(at).and_then(|element| element.attr(name))
    }

    /// The ancestors of a node, from the inside out, without itself.
    pub(crate) fn above(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(at), |at| {
            let parent = self.nodes[*at].parent;
            (parent != *at).then_some(parent)
        })
        .skip(1)
    }

    /// The child elements of a node.
    pub(crate) fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.nodes[at].end;
        std::iter::successors(Some(at + 1), |next| Some(self.nodes.get(*next)?.end))
            .take_while(move |next| *next < end)
            .filter(|next| !self.nodes[*next].is_text)
    }

    /// The elements with one of these names within a node, itself included.
    pub fn named<'s>(&'s self, at: usize, names: &'s [&'s str]) -> impl Iterator<Item = usize> + 's {
        (at..self.nodes[at].end).filter(move |inner| names.contains(&self.name(*inner)))
    }

    /// The text of a node on one line.
    #[must_use]
    pub fn text(&self, at: usize, limit: usize) -> String {
        self.line(at, self.nodes[at].end, limit)
    }

    /// The text between two nodes on one line; blocks are separated by a space.
    #[must_use]
    pub fn line(&self, from: usize, to: usize, limit: usize) -> String {
        self.line_without(from, to, limit, &[])
    }

    /// The same, without the nodes that are marked in `dropped`.
    #[must_use]
    pub(crate) fn line_without(&self, from: usize, to: usize, limit: usize, dropped: &[bool]) -> String {
        let mut text = String::new();
        for at in from..to {
            if dropped.get(at) == Some(&true) {
                continue;
            }
            match self.element(at) {
                Some(element) if is_block(element.name()) || element.name() == "br" => text.push(' '),
                Some(_) => {}
                None => {
                    let own = self.own_text(at);
                    // The number of one element does not continue that of another: `28.09.19`, `12:44`.
                    if text.ends_with(char::is_numeric) && own.starts_with(char::is_numeric) {
                        text.push(' ');
                    }
                    text.push_str(own);
                }
            }
            if text.len() > limit.saturating_mul(BYTES_PER_CHARACTER) {
                break;
            }
        }
        clean(&text, limit)
    }

    /// The lines of a node that are not empty.
    #[must_use]
    pub fn lines(&self, at: usize) -> Vec<Line> {
        self.lines_without(at, &[])
    }

    /// The same, without the nodes that are marked in `dropped`.
    #[must_use]
    pub(crate) fn lines_without(&self, at: usize, dropped: &[bool]) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        let mut current: Option<Line> = None;
        let mut closing: Vec<usize> = Vec::new();
        for inner in at..self.nodes[at].end {
            while closing.last().is_some_and(|end| *end <= inner) {
                closing.pop();
                lines.extend(current.take());
            }
            match self.element(inner) {
                Some(element) if is_block(element.name()) => {
                    lines.extend(current.take());
                    closing.push(self.nodes[inner].end);
                }
                Some(element) if matches!(element.name(), "br" | "hr") => lines.extend(current.take()),
                Some(_) => {}
                None if dropped.get(inner) == Some(&true) => {}
                None => {
                    let (letters, linked) = (self.letters(inner), self.linked(inner));
                    if letters > 0 {
                        let line = current.get_or_insert_with(|| Line {
                            host: self.block(inner),
                            first: inner,
                            end: inner,
                            letters: 0,
                            linked: 0,
                        });
                        (line.end, line.letters, line.linked) =
                            (inner + 1, line.letters + letters, line.linked + linked);
                    }
                }
            }
        }
        lines.extend(current);
        lines
    }

    /// The block element that contains a node.
    #[must_use]
    pub(crate) fn block(&self, at: usize) -> usize {
        self.above(at).find(|above| is_block(self.name(*above))).unwrap_or(0)
    }
}

/// Cleans a text: one line, cut after `limit` characters.
#[must_use]
pub fn clean(text: &str, limit: usize) -> String {
    let mut words = String::new();
    for word in text.split_whitespace() {
        // What follows would be cut off.
        if words.len() > limit.saturating_mul(MAX_CHARACTER_BYTES) {
            break;
        }
        words.push_str(plain_text::cut(word, limit));
        words.push(' ');
    }
    plain_text::line(&words.replace('&', "&amp;").replace('<', "&lt;"), limit)
}

/// True for an element that is never shown.
fn is_hidden(element: &Element) -> bool {
    matches!(
        element.name(),
        "head"
            | "script"
            | "style"
            | "template"
            | "svg"
            | "iframe"
            | "select"
            | "textarea"
            | "object"
            | "embed"
            | "video"
            | "audio"
            | "canvas"
            | "math"
    )
}

/// The elements that begin and end a line.
static BLOCKS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "p div li ul ol dl dt dd table tbody thead tr td th h1 h2 h3 h4 h5 h6 h7 section article header \
    footer main nav aside blockquote figure figcaption form fieldset address pre center details summary \
    button body html dialog"
        .split(' ')
        .collect()
});

/// True for an element that begins and ends a line.
#[must_use]
pub(crate) fn is_block(name: &str) -> bool {
    BLOCKS.contains(name)
}
