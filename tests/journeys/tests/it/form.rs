//! What a form would send as it is drawn: inputs, what is chosen in selects, and texts.

/// The fields of a form, given as what stands between its tags.
pub(crate) fn filled_in(form: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for tag in form.split("<input ").skip(1).filter_map(|rest| rest.split('>').next()) {
        let kind = attribute(tag, "type").unwrap_or_default();
        let chosen = !matches!(kind.as_str(), "radio" | "checkbox") || tag.contains(" checked");
        if let (Some(name), true) = (attribute(tag, "name"), chosen) {
            fields.push((name, attribute(tag, "value").unwrap_or_default()));
        }
    }
    for select in form.split("<select ").skip(1).filter_map(|rest| rest.split("</select>").next()) {
        let options: Vec<&str> = select.split("<option ").skip(1).collect();
        let chosen = options
            .iter()
            .find(|option| option.split('>').next().is_some_and(|tag| tag.contains(" selected")));
        if let (Some(name), Some(option)) = (attribute(select, "name"), chosen.or(options.first()))
        {
            fields.push((name, attribute(option, "value").unwrap_or_default()));
        }
    }
    for text in form.split("<textarea ").skip(1).filter_map(|rest| rest.split("</textarea>").next())
    {
        let (tag, words) = text.split_once('>').unwrap_or((text, ""));
        fields.extend(attribute(tag, "name").map(|name| (name, unescaped(words))));
    }
    fields
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = format!(" {tag}");
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(unescaped)
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
