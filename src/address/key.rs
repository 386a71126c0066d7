//! Derives the key of an address: the parts that distinguish pages.

use std::borrow::Cow;

use url::form_urlencoded;

use super::session::resembles_token;
use super::{Address, decoded, is_tracking, session};

impl Address {
    /// The text shared by all spellings of one address: canonical, without scheme, `www.`, session ids and the trailing
    /// slash, with sorted parameters and unnecessary percent-encoding decoded.
    #[must_use]
    pub fn key(&self) -> String {
        self.key_without(&|_| false)
    }

    /// [`Address::key`] without the parameters with these names.
    #[must_use]
    pub(crate) fn key_without(&self, volatile: &dyn Fn(&str) -> bool) -> String {
        let mut key = self.base(volatile);
        let mut parameters = self.parameters();
        parameters.retain(|parameter| !parameter.name.starts_with(['/', '@']) && !volatile(&parameter.name));
        let (path, query): (Vec<_>, Vec<_>) = parameters.into_iter().partition(|parameter| parameter.in_path);
        for parameter in path {
            key.push(';');
            key.push_str(&parameter.written);
        }
        for (n, parameter) in query.iter().enumerate() {
            key.push(if n == 0 { '?' } else { '&' });
            key.push_str(&parameter.key(volatile));
        }
        if let Some(fragment) = self.canonical().0.fragment() {
            key.push('#');
            key.push_str(&decoded(fragment));
        }
        key
    }

    /// [`Address::key_without`] with the fragment, for documents whose items differ in it.
    #[must_use]
    pub(crate) fn key_with_fragment(&self, volatile: &dyn Fn(&str) -> bool) -> String {
        let key = self.key_without(volatile);
        match self.0.fragment() {
            Some(fragment) if !key.contains('#') && !fragment.is_empty() => format!("{key}#{}", decoded(fragment)),
            _ => key,
        }
    }

    /// The address without session ids and the parameters with these names.
    #[must_use]
    pub fn without(&self, volatile: &dyn Fn(&str) -> bool) -> Self {
        let stays = |pair: &&str| {
            let parameter = QueryParameter::read(pair, false);
            !volatile(&parameter.name) && !session::is_session(&parameter.name, &parameter.value)
        };
        let mut url = self.0.clone();
        let segments = self.0.path().split('/').map(|segment| {
            let (bare, parameters) = split_segment(segment);
            std::iter::once(bare).chain(parameters.into_iter().filter(stays)).collect::<Vec<_>>().join(";")
        });
        url.set_path(&session::without_tickets(&segments.collect::<Vec<_>>().join("/")));
        if let Some(query) = self.0.query() {
            let kept = query.split('&').filter(stays).collect::<Vec<_>>().join("&");
            url.set_query(Some(kept.as_str()).filter(|kept| !kept.is_empty()));
        }
        Self(url)
    }

    /// Host and path of [`Address::key`], without parameters, and with `*` for every random-looking segment.
    #[must_use]
    pub(crate) fn stem(&self) -> String {
        self.base(&|_| true)
    }

    /// Host and path, with `*` for volatile segments that look random.
    fn base(&self, volatile: &dyn Fn(&str) -> bool) -> String {
        let mut base = self.host_without(volatile);
        if let Some(port) = self.0.port() {
            base.push_str(&format!(":{port}"));
        }
        let changes = |n: usize, bare: &str| resembles_token(bare) && volatile(&segment_name(n));
        let path = session::without_tickets(self.0.path());
        let segments = path.split('/').map(|segment| split_segment(segment).0).enumerate();
        let path: Vec<&str> = segments.map(|(n, bare)| if changes(n, bare) { "*" } else { bare }).collect();
        base.push_str(decoded(&path.join("/")).trim_end_matches('/'));
        base
    }

    /// The host without `www.`, with `*` for volatile labels that look random.
    fn host_without(&self, volatile: &dyn Fn(&str) -> bool) -> String {
        let host = self.host().strip_prefix("www.").unwrap_or(self.host());
        let labels: Vec<&str> = host.split('.').collect();
        let of = |(n, label): (usize, &&'_ str)| {
            let changes = resembles_token(label) && volatile(&label_name(labels.len() - n));
            if changes { "*".to_owned() } else { (*label).to_owned() }
        };
        labels.iter().enumerate().map(of).collect::<Vec<_>>().join(".")
    }

    /// True if the address contains a session id.
    #[must_use]
    pub(crate) fn has_session(&self) -> bool {
        let in_path = self.0.path().split('/').flat_map(|part| split_segment(part).1);
        let pairs = in_path.chain(self.0.query().unwrap_or_default().split('&'));
        let mut parameters = pairs.map(|pair| QueryParameter::read(pair, false));
        parameters.any(|parameter| session::is_session(&parameter.name, &parameter.value))
            || session::without_tickets(self.0.path()) != self.0.path()
    }

    /// The parameters of path and query that may distinguish pages, sorted by name, without tracking and session ids. A
    /// random-looking segment of the path counts as a parameter: `/2` is the second.
    #[must_use]
    pub(crate) fn parameters(&self) -> Vec<QueryParameter> {
        let in_path = self.0.path().split('/').flat_map(|part| split_segment(part).1);
        let in_query = self.0.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let mut parameters: Vec<QueryParameter> = in_path
            .map(|pair| QueryParameter::read(pair, true))
            .chain(in_query.filter(|pair| !is_tracking(pair)).map(|pair| QueryParameter::read(pair, false)))
            .filter(|parameter| !session::is_session(&parameter.name, &parameter.value))
            .collect();
        let path = session::without_tickets(self.0.path());
        let segments = path.split('/').map(|segment| split_segment(segment).0).enumerate();
        let segments = segments.map(|(n, bare)| (segment_name(n), bare));
        let host = self.host().strip_prefix("www.").unwrap_or(self.host());
        let labels = host.rsplit('.').enumerate().map(|(n, label)| (label_name(n + 1), label));
        let tokens = segments.chain(labels).filter(|(_, value)| resembles_token(value));
        parameters.extend(tokens.map(|(name, value)| QueryParameter {
            name,
            value: value.to_owned(),
            written: String::new(),
            in_path: true,
        }));
        parameters.sort_by(|a, b| (a.in_path, &a.name).cmp(&(b.in_path, &b.name)));
        parameters
    }
}

/// The parameter name of the n-th label of a host, counted from its end.
pub(super) fn label_name(n: usize) -> String {
    format!("@{n}")
}

/// The parameter name of the n-th segment of a path.
pub(super) fn segment_name(n: usize) -> String {
    format!("/{n}")
}

/// One parameter of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueryParameter {
    /// Its name.
    pub name: String,
    /// Its value; may be empty.
    pub(crate) value: String,
    /// Name and value as [`Address::key`] writes them.
    written: String,
    /// It is in the path, after a semicolon.
    in_path: bool,
}

impl QueryParameter {
    fn read(pair: &str, in_path: bool) -> Self {
        let written = decoded(pair);
        let (name, value) = match written.split_once('=') {
            // A token without a name may end in padding (RFC 4648 §3.2).
            Some((token, fill)) if fill.chars().all(|c| c == '=') && resembles_token(token) => ("", written.as_str()),
            Some(pair) => pair,
            None if resembles_token(&written) => ("", written.as_str()),
            None => (written.as_str(), ""),
        };
        Self { name: name.to_owned(), value: value.to_owned(), in_path, written }
    }

    /// Name and value in a key; a value that is an address is replaced by its key.
    fn key(&self, volatile: &dyn Fn(&str) -> bool) -> Cow<'_, str> {
        match self.address() {
            Some(address) => {
                let inner = |name: &str| volatile(&format!("{}>{name}", self.name));
                Cow::Owned(format!("{}={}", self.name, address.key_without(&inner)))
            }
            None => Cow::Borrowed(&self.written),
        }
    }

    /// The address in the value, as in redirects.
    fn address(&self) -> Option<Address> {
        let scheme = self.value.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"));
        scheme.then(|| Address::parse(&self.plain()).ok())?
    }

    /// The value without percent-encoding.
    fn plain(&self) -> String {
        // Escaped so that nothing ends the pair, and the text is parsed as one name.
        let text = self.value.replace('&', "%26").replace('=', "%3D").replace('+', "%2B");
        form_urlencoded::parse(text.as_bytes()).next().map(|(value, _)| value.into_owned()).unwrap_or_default()
    }

    /// Name and decoded value; for an address in the value, its base and its parameters.
    pub(super) fn nested(&self) -> Vec<(String, String)> {
        let Some(address) = self.address() else { return vec![(self.name.clone(), self.plain())] };
        let within = |name: &str| format!("{}>{name}", self.name);
        let mut parts = vec![(self.name.clone(), address.base(&|_| false))];
        let parameters = address.parameters().into_iter().filter(|inner| !inner.name.starts_with(['/', '@']));
        parts.extend(parameters.map(|inner| (within(&inner.name), inner.plain())));
        parts
    }
}

/// A path segment and the parameters after it: `news;jsessionid=1`.
pub(super) fn split_segment(segment: &str) -> (&str, Vec<&str>) {
    match segment.split_once(';') {
        Some((bare, rest)) if rest.split(';').all(|pair| pair.contains('=')) => (bare, rest.split(';').collect()),
        _ => (segment, Vec::new()),
    }
}
