#include "streamcore/select/filtersyntax.h"

namespace vtscope {

namespace {

using Kind = FilterNode::Kind;

void appendOperand(const FilterOperand& operand, std::string& out)
{
    for (const FilterFact& fact : kFilterFacts) {
        if (operand.kind == fact.kind) {
            out += fact.name;
            return;
        }
    }
    if (operand.image != FilterOperand::Image::Either)
        out += operand.image == FilterOperand::Image::Before ? "before." : "after.";
    appendName(operand.name, out);
    if (operand.hasPath)
        out += ':' + textOf(operand.path);
}

void appendLiteral(const FilterNode& node, const FilterLiteral& literal, std::string& out)
{
    if (literal.isNumber || node.operand.kind == FilterOperand::Kind::Op)
        out += literal.text;
    else
        appendQuoted(literal.text, '\'', out);
}

void appendNode(const FilterNode& node, std::string& out);

void appendPart(const FilterNode& part, bool isBracketed, std::string& out)
{
    out += isBracketed ? "(" : "";
    appendNode(part, out);
    out += isBracketed ? ")" : "";
}

void appendNode(const FilterNode& node, std::string& out)
{
    switch (node.kind) {
    case Kind::And:
    case Kind::Or:
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            if (i > 0)
                out += node.kind == Kind::And ? " and " : " or ";
            appendPart(*node.parts[i], node.kind == Kind::And && node.parts[i]->kind == Kind::Or, out);
        }
        return;
    case Kind::Not: {
        const Kind inside = node.parts.front()->kind;
        out += "not ";
        appendPart(*node.parts.front(), inside == Kind::And || inside == Kind::Or, out);
        return;
    }
    case Kind::Changed:
    case Kind::Sent:
        out += node.kind == Kind::Changed ? "changed(" : "sent(";
        appendOperand(node.operand, out);
        out += ')';
        return;
    default:
        break;
    }
    appendOperand(node.operand, out);
    switch (node.kind) {
    case Kind::IsNull:
        out += " is null";
        return;
    case Kind::IsNotNull:
        out += " is not null";
        return;
    case Kind::In:
        out += " in (";
        for (std::size_t i = 0; i < node.literals.size(); ++i) {
            out += i > 0 ? ", " : "";
            appendLiteral(node, node.literals[i], out);
        }
        out += ')';
        return;
    case Kind::Like:
        out += " like ";
        break;
    case Kind::Contains:
        out += " contains ";
        break;
    default:
        for (const FilterSign& sign : kFilterSigns) {
            if (sign.kind == node.kind) {
                out.append(" ").append(sign.text).append(" ");
                break;
            }
        }
        break;
    }
    appendLiteral(node, node.literals.front(), out);
}

} // namespace

std::string Filter::text() const
{
    std::string text;
    if (m_root)
        appendNode(*m_root, text);
    return text;
}

} // namespace vtscope
