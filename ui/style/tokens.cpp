#include "ui/style/tokens.h"

namespace vtscope {

namespace {

QColor rgb(QRgb value)
{
    return QColor::fromRgb(value);
}

Tokens light()
{
    Tokens t;
    t.text = rgb(0x1A1E26);
    t.text2 = rgb(0x586070);
    t.disabled = rgb(0x858D9B);
    t.accent = rgb(0x1F5FD0);
    t.onAccent = rgb(0xFFFFFF);
    t.accentText = rgb(0x1B57C0);
    t.focus = rgb(0x1F5FD0);
    t.borderStrong = rgb(0x828A98);
    t.ins = rgb(0x00666B);
    t.upd = rgb(0x6536B4);
    t.del = rgb(0xAE2119);
    t.err = rgb(0xAE2119);
    t.warn = rgb(0x855000);
    t.warnG = rgb(0xC07A00);
    t.ok = rgb(0x08674B);
    t.jsonKey = rgb(0x1B57C0);
    t.jsonString = rgb(0x08674B);
    t.jsonNumber = rgb(0x855000);
    t.jsonKeyword = rgb(0x6536B4);
    t.production = rgb(0xCF222E);
    t.onProduction = rgb(0xFFFFFF);
    t.productionText = rgb(0xC01F2A);
    t.staging = rgb(0x9A5B00);
    t.development = rgb(0x1B7F4B);
    t.blue = rgb(0x1F5FD0);
    t.violet = rgb(0x6536B4);
    t.grey = rgb(0x5C6675);
    t.window = rgb(0xF2F3F6);
    t.surface = rgb(0xFFFFFF);
    t.raised = rgb(0xFFFFFF);
    t.header = rgb(0xF7F8FA);
    t.sunken = rgb(0xE9EBF0);
    t.band = rgb(0xF6F8FB);
    t.hover = rgb(0xEEF2F8);
    t.border = rgb(0xD8DCE3);
    t.selA = rgb(0xD3E3FD);
    t.selI = rgb(0xE3E6EC);
    t.hatch = rgb(0xC3C9D3);
    t.insT = rgb(0xD6F0EF);
    t.updT = rgb(0xEEE8FB);
    t.delT = rgb(0xFDE3DC);
    t.warnT = rgb(0xFFF0D2);
    t.errT = rgb(0xFBE4E1);
    t.okT = rgb(0xDDF2E9);
    t.infoT = rgb(0xE3ECFC);
    t.hit = rgb(0xFFE38A);
    t.onHit = rgb(0x1A1E26);
    t.hitCur = rgb(0xF5A800);
    t.onHitCur = rgb(0x1A1E26);
    t.chip = rgb(0xE6E9EF);
    t.onChip = rgb(0x333A47);
    return t;
}

Tokens dark()
{
    Tokens t;
    t.text = rgb(0xE3E6EB);
    t.text2 = rgb(0xA2AAB7);
    t.disabled = rgb(0x727B8A);
    t.accent = rgb(0x2C6BE0);
    t.onAccent = rgb(0xFFFFFF);
    t.accentText = rgb(0x86AEFF);
    t.focus = rgb(0x7DA8FF);
    t.borderStrong = rgb(0x717A8A);
    t.ins = rgb(0x54D0C6);
    t.upd = rgb(0xBDA3FF);
    t.del = rgb(0xFF9188);
    t.err = rgb(0xFF9188);
    t.warn = rgb(0xF0B64D);
    t.warnG = rgb(0xF0B64D);
    t.ok = rgb(0x62D1A8);
    t.jsonKey = rgb(0x86AEFF);
    t.jsonString = rgb(0x7FD3A8);
    t.jsonNumber = rgb(0xE9B872);
    t.jsonKeyword = rgb(0xBDA3FF);
    t.production = rgb(0xF04A50);
    t.onProduction = rgb(0x1A0A0B);
    t.productionText = rgb(0xFF8A8D);
    t.staging = rgb(0xE0A03A);
    t.development = rgb(0x3FB37B);
    t.blue = rgb(0x7DA8FF);
    t.violet = rgb(0xBDA3FF);
    t.grey = rgb(0x8D96A5);
    t.window = rgb(0x16181D);
    t.surface = rgb(0x1B1E24);
    t.raised = rgb(0x242830);
    t.header = rgb(0x1F2228);
    t.sunken = rgb(0x111317);
    t.band = rgb(0x1F232A);
    t.hover = rgb(0x262B34);
    t.border = rgb(0x30353F);
    t.selA = rgb(0x22395F);
    t.selI = rgb(0x2D323C);
    t.hatch = rgb(0x454C59);
    t.insT = rgb(0x12363A);
    t.updT = rgb(0x2D2747);
    t.delT = rgb(0x47231C);
    t.warnT = rgb(0x392C14);
    t.errT = rgb(0x442122);
    t.okT = rgb(0x18352C);
    t.infoT = rgb(0x1E2C49);
    t.hit = rgb(0x6A5410);
    t.onHit = rgb(0xFFF3C9);
    t.hitCur = rgb(0xEDB61E);
    t.onHitCur = rgb(0x1A1E26);
    t.chip = rgb(0x2C313B);
    t.onChip = rgb(0xD3D8E0);
    return t;
}

} // namespace

const Tokens& Tokens::of(Scheme scheme)
{
    static const Tokens lightSet = light();
    static const Tokens darkSet = dark();
    return scheme == Scheme::Dark ? darkSet : lightSet;
}

const QColor& Tokens::tone(Tone tone) const
{
    switch (tone) {
    case Tone::Text:
        return text;
    case Tone::Text2:
        return text2;
    case Tone::Disabled:
        return disabled;
    case Tone::Accent:
    case Tone::Info:
        return accentText;
    case Tone::OnAccent:
        return onAccent;
    case Tone::Insert:
        return ins;
    case Tone::Update:
        return upd;
    case Tone::Delete:
        return del;
    case Tone::Warning:
        return warn;
    case Tone::Error:
        return err;
    case Tone::Ok:
        return ok;
    case Tone::Production:
        return productionText;
    case Tone::OnProduction:
        return onProduction;
    }
    return text;
}

const QColor& Tokens::tint(Tone tone) const
{
    switch (tone) {
    case Tone::Insert:
        return insT;
    case Tone::Update:
        return updT;
    case Tone::Delete:
        return delT;
    case Tone::Warning:
        return warnT;
    case Tone::Error:
    case Tone::Production:
        return errT;
    case Tone::Ok:
        return okT;
    case Tone::Accent:
    case Tone::Info:
        return infoT;
    case Tone::Text:
    case Tone::Text2:
    case Tone::Disabled:
    case Tone::OnAccent:
    case Tone::OnProduction:
        return chip;
    }
    return chip;
}

const QColor& Tokens::tag(Tag tag) const
{
    switch (tag) {
    case Tag::None:
        return border;
    case Tag::Production:
        return production;
    case Tag::Staging:
        return staging;
    case Tag::Development:
        return development;
    case Tag::Blue:
        return blue;
    case Tag::Violet:
        return violet;
    case Tag::Grey:
        return grey;
    }
    return border;
}

const QColor& Tokens::tagText(Tag value) const
{
    if (value == Tag::None)
        return text2;
    return value == Tag::Production ? productionText : tag(value);
}

} // namespace vtscope
