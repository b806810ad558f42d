// FLOAT and DOUBLE as text, in the spellings of MySQL (SQL and copy) and of the binary log's reader (live). Any thread.
#pragma once

#include <string>

namespace localbranch {

/// `0.1`, `-0`, `1e15`, `1.7976931348623157e308`.
std::string doubleText(double value);
/// At most six significant digits: `8388610`, `3.40282e38`.
std::string floatText(float value);
/// Exact and shortest, with exponent: `1.5E+00`.
std::string liveDoubleText(double value);
std::string liveFloatText(float value);

} // namespace localbranch
