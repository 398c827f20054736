//! The form of a new rollout.

use maud::{Markup, html};
use platform::text::{Language, Text};

use super::order::{PARTS, WAVES, part_field, wave_field};
use crate::{App, screens::templates::Template, submitted::Fields, visitor::Signed};

/// What is wrong, by field.
type Faults<'a> = [(String, &'a str)];

/// The columns of the waves.
static COLUMNS: [Text; 6] = [
    Text::fixed("批", "Wave"),
    Text::fixed("累计数量", "Size in all"),
    Text::fixed("通过率至少 %", "Approved, at least %"),
    Text::fixed("失败率至多 %", "Failed, at most %"),
    Text::fixed("观察（分钟）", "Settles (minutes)"),
    Text::fixed("放行人数", "People to say so"),
];

static DAYS: [Text; 7] = [
    Text::fixed("周一", "Mon"),
    Text::fixed("周二", "Tue"),
    Text::fixed("周三", "Wed"),
    Text::fixed("周四", "Thu"),
    Text::fixed("周五", "Fri"),
    Text::fixed("周六", "Sat"),
    Text::fixed("周日", "Sun"),
];

/// The form, filled in with `values`.
pub(super) fn draw(
    app: &App,
    signed: &Signed,
    component: &str,
    templates: &[Template],
    values: &Fields,
    faults: &Faults<'_>,
) -> Markup {
    let language = signed.language;
    let chosen = values.text("template_id");
    html! {
        form.form method="post" action={ "/console/" (component) "/rollouts/new" } {
            input type="hidden" name="_form" value=(signed.session.form_token);
            input type="hidden" name="_once" value=(app.random.identifier(app.clock.now()));
            @for name in ["segment", "query"] {
                @if let Some(value) = values.get(name) { input type="hidden" name=(name) value=(value); }
            }
            section.card {
                h2 { (Text::fixed("版本", "The version").read(language)) }
                div.columns {
                    div.field {
                        label for="template_id" { (Text::fixed("模板", "Template").read(language)) span.must { " *" } }
                        select id="template_id" name="template_id" required {
                            @for template in templates {
                                option value=(template.template_id)
                                    selected[chosen == template.template_id.to_string()] {
                                    (template.template_id) " · " (template.user_version) " · " (template.user_desc)
                                }
                            }
                        }
                        (told("template_id", faults))
                    }
                    (line("user_version", &Text::fixed("版本号", "Version"),
                        Some(&Text::fixed("留空用模板的版本号", "empty for the template's own")), values, faults, language))
                    (line("name", &Text::fixed("发布的名称", "What you call the rollout"),
                        Some(&Text::fixed("给同事看的；留空用版本号", "for your colleagues; empty for the version")), values, faults, language))
                    (line("user_desc", &Text::fixed("版本描述", "Description"),
                        Some(&Text::fixed("留空用模板的描述", "empty for the template's own")), values, faults, language))
                }
                details open[!values.text("ext").is_empty()] {
                    summary { (Text::fixed("变量与给审核人员的话", "Variables, and a word to the reviewer").read(language)) }
                    (lines("ext", &Text::fixed("ext.json", "ext.json"), Some(&Text::fixed(
                        "一个 JSON 对象，可写 {{shop}} 这样的变量：用每个商家自己的变量填入，另有 appid、name、principal",
                        "one JSON object with variables such as {{shop}} in it: filled in with each merchant's own; appid, name and principal are there too",
                    )), true, values, faults, language))
                    (lines("version_desc", &Text::fixed("给审核人员的版本说明", "For the reviewer"),
                        Some(&Text::fixed("最多 200 个字符", "200 characters at most")), false, values, faults, language))
                }
            }
            section.card {
                h2 { (Text::fixed("批次", "Waves").read(language)) }
                p.rule { (Text::fixed(
                    "每一批的数量是累计的，最后一批应为 100%。前面各批都处理完、并满足本批条件后，本批才开始。留空的一行不算。",
                    "Sizes include the waves before; the last is 100%. A wave begins when those before are through and its conditions hold. An empty line is none.",
                ).read(language)) }
                div.table.fields { table {
                    thead { tr { @for column in &COLUMNS { th scope="col" { (column.read(language)) } } } }
                    tbody { @for wave in 1..=WAVES { (draw_wave(wave, values, faults, language)) } }
                } }
            }
            section.card {
                h2 { (Text::fixed("怎么上线", "How it goes online").read(language)) }
                (told("mode", faults))
                fieldset.plain {
                    legend.hidden { (Text::fixed("怎么上线", "How it goes online").read(language)) }
                    (radio("at-once", &Text::fixed("审核通过就上线", "As soon as it is approved"), values, language))
                    (radio("window", &Text::fixed("只在这些时间上线（北京时间）", "Within these hours, in Beijing"), values, language))
                    div.within {
                        p.days { @for (place, day) in DAYS.iter().enumerate() {
                            @let number = (place + 1).to_string();
                            label { input type="checkbox" name="days" value=(number)
                                checked[values.all("days").any(|day| day == number)]; (day.read(language)) }
                        } }
                        p.times {
                            label { (Text::fixed("从", "from").read(language)) " "
                                input type="time" name="from" value=(values.text("from")); }
                            label { (Text::fixed("到", "to").read(language)) " "
                                input type="time" name="to" value=(values.text("to")); }
                        }
                        (told("from", faults)) (told("to", faults)) (told("days", faults))
                    }
                    (radio("after-ok", &Text::fixed("有人放行后上线", "When people said so"), values, language))
                    div.within {
                        label { (Text::fixed("人数", "How many").read(language)) " "
                            select name="people" {
                                option value="1" { "1" }
                                option value="2" selected[values.text("people") == "2"] { "2" }
                            }
                        }
                        (told("people", faults))
                    }
                }
                details open[(1..=PARTS).any(|part| !values.text(&part_field(part, "percent")).is_empty())] {
                    summary { (Text::fixed("每个小程序先给一部分用户", "To a part of each one's users first").read(language)) }
                    p.rule { (Text::fixed(
                        "从小到大，到时间后给下一部分，最后给全部用户。第一次上线的小程序直接给全部用户。",
                        "From small to large; after its hours the next part has it, and at last everybody. What goes online for the first time goes to everybody.",
                    ).read(language)) }
                    @for part in 1..=PARTS { (draw_part(part, values, faults, language)) }
                }
            }
            details.card {
                summary { (Text::fixed("更多：保留额度、先行者、自动停止", "More: reserve, canaries, when it stops").read(language)) }
                div.columns {
                    (line("reserve", &Text::fixed("为紧急修复保留的审核次数", "Reviews kept for hot fixes"), None, values, faults, language))
                    (line("stop-failed", &Text::fixed("失败率超过多少 % 就暂停", "Pauses when more than so many % failed"),
                        Some(&Text::fixed("留空：处理完 10 个后超过 20%，或同一错误码连续 5 次", "empty: 20% once 10 are through, or the same code five times in a row")), values, faults, language))
                }
                (lines("canaries", &Text::fixed("先行者（AppID，每行一个）", "Canaries (appids, one a line)"),
                    Some(&Text::fixed("排在最前，最多 50 个", "they come first; 50 at most")), false, values, faults, language))
                (check("follow", &Text::fixed("以后符合条件的也自动加入", "Takes those along who come to match later"), values, language))
                (check("replace", &Text::fixed("放弃挡在前面的旧审核：准备中的，和已通过未上线的",
                    "Gives up what is in the way: reviews that are being prepared, approved versions that are not online"), values, language))
            }
            p.buttons { button { (Text::fixed("生成方案", "Make the plan").read(language)) }
                span.small { (Text::fixed("先看方案，确认后才开始", "nothing begins before you have seen it").read(language)) } }
        }
    }
}

fn draw_wave(wave: usize, values: &Fields, faults: &Faults<'_>, language: Language) -> Markup {
    let cell = |part: &str, words: Text| {
        let name = wave_field(wave, part);
        let label =
            Text::new(format!("第 {wave} 批 {}", words.zh), format!("wave {wave}, {}", words.en));
        let faulty = faults.iter().any(|(field, _)| *field == name).then_some("true");
        html! {
            input type="text" inputmode="numeric" name=(name) value=(values.text(&name))
                aria-label=(label.read(language)) aria-invalid=[faulty];
        }
    };
    let (unit, people) = (wave_field(wave, "unit"), wave_field(wave, "people"));
    let is_first = wave == 1;
    let column = |place: usize| COLUMNS[place].read(language);
    html! {
        tr {
            th scope="row" { (wave) }
            td data-label=(column(1)) { span.size {
                (cell("size", Text::fixed("数量", "size")))
                select name=(unit) aria-label=(Text::new(format!("第 {wave} 批单位"), format!("unit of wave {wave}")).read(language)) {
                    option value="percent" { "%" }
                    option value="count" selected[values.text(&unit) == "count"] { (Text::fixed("个", "minis").read(language)) }
                } }
                @for part in ["size", "approved", "failed", "soak", "people"] { (told(&wave_field(wave, part), faults)) }
            }
            @if is_first { td.small colspan="3" { (Text::fixed("最先开始", "begins first").read(language)) } }
            @else {
                td data-label=(column(2)) { (cell("approved", Text::fixed("通过率", "approved"))) }
                td data-label=(column(3)) { (cell("failed", Text::fixed("失败率", "failed"))) }
                td data-label=(column(4)) { (cell("soak", Text::fixed("观察分钟", "minutes to settle"))) }
            }
            td data-label=(column(5)) { select name=(people) aria-label=(Text::new(format!("第 {wave} 批放行人数"), format!("people who let wave {wave} begin")).read(language)) {
                @for number in ["0", "1", "2"] {
                    option value=(number) selected[values.text(&people) == number] { (number) }
                }
            } }
        }
    }
}

fn draw_part(part: usize, values: &Fields, faults: &Faults<'_>, language: Language) -> Markup {
    let input = |what: &str, words: Text| {
        let name = part_field(part, what);
        let label =
            Text::new(format!("第 {part} 部分 {}", words.zh), format!("part {part}, {}", words.en));
        let faulty = faults.iter().any(|(field, _)| *field == name).then_some("true");
        html! {
            input.short type="text" inputmode="numeric" name=(name) value=(values.text(&name))
                aria-label=(label.read(language)) aria-invalid=[faulty];
        }
    };
    html! {
        p.times {
            (input("percent", Text::fixed("用户的百分之几", "percent of the users"))) " "
            (Text::fixed("% 的用户，观察", "% of the users, for").read(language)) " "
            (input("hours", Text::fixed("观察几小时", "hours"))) " "
            (Text::fixed("小时", "hours").read(language))
        }
        (told(&part_field(part, "percent"), faults)) (told(&part_field(part, "hours"), faults))
    }
}

fn told(name: &str, faults: &Faults<'_>) -> Markup {
    html! { @for (_, why) in faults.iter().filter(|(field, _)| field == name) { p.fault { (why) } } }
}

fn line(
    name: &str,
    label: &Text,
    hint: Option<&Text>,
    values: &Fields,
    faults: &Faults<'_>,
    language: Language,
) -> Markup {
    let faulty = faults.iter().any(|(field, _)| field == name).then_some("true");
    html! {
        div.field {
            label for=(name) { (label.read(language)) }
            input type="text" id=(name) name=(name) value=(values.text(name)) aria-invalid=[faulty]
                aria-describedby={ (name) "-about" };
            div.about id={ (name) "-about" } { (told(name, faults))
                @if let Some(hint) = hint { p { (hint.read(language)) } } }
        }
    }
}

fn lines(
    name: &str,
    label: &Text,
    hint: Option<&Text>,
    is_code: bool,
    values: &Fields,
    faults: &Faults<'_>,
    language: Language,
) -> Markup {
    let faulty = faults.iter().any(|(field, _)| field == name).then_some("true");
    html! {
        div.field {
            label for=(name) { (label.read(language)) }
            textarea.code[is_code] id=(name) name=(name) rows="4" aria-invalid=[faulty]
                aria-describedby={ (name) "-about" } { (values.text(name)) }
            div.about id={ (name) "-about" } { (told(name, faults))
                @if let Some(hint) = hint { p { (hint.read(language)) } } }
        }
    }
}

fn radio(value: &str, label: &Text, values: &Fields, language: Language) -> Markup {
    html! {
        div.field.check {
            label for={ "mode-" (value) } { (label.read(language)) }
            input type="radio" id={ "mode-" (value) } name="mode" value=(value)
                checked[values.text("mode") == value];
        }
    }
}

fn check(name: &str, label: &Text, values: &Fields, language: Language) -> Markup {
    html! {
        div.field.check {
            label for=(name) { (label.read(language)) }
            input type="checkbox" id=(name) name=(name) value="true" checked[values.text(name) == "true"];
        }
    }
}
