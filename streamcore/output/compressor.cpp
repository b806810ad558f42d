#include "streamcore/output/compressor.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <new>

namespace vtscope {

namespace {

constexpr std::size_t kRoom = std::size_t{1} << 16;

class GzipCompressor final : public Compressor
{
public:
    GzipCompressor()
    {
        constexpr int kGzipWindow = 15 + 16, kMemoryLevel = 8;
        if (::deflateInit2(&m_stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                           Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    ~GzipCompressor() override { ::deflateEnd(&m_stream); }

    void append(std::string_view text, Until until, std::string& out) override
    {
        constexpr std::size_t kAtOnce = std::numeric_limits<uInt>::max();
        do {
            const std::string_view part = text.substr(0, kAtOnce);
            text.remove_prefix(part.size());
            const int flush = !text.empty() || until == Until::Later ? Z_NO_FLUSH
                              : until == Until::Flush                ? Z_SYNC_FLUSH
                                                                     : Z_FINISH;
            // It does not write there.
            m_stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
            m_stream.avail_in = static_cast<uInt>(part.size());
            do {
                const std::size_t size = out.size();
                out.resize(size + kRoom);
                m_stream.next_out = reinterpret_cast<Bytef*>(out.data() + size);
                m_stream.avail_out = static_cast<uInt>(kRoom);
                ::deflate(&m_stream, flush);
                out.resize(size + kRoom - m_stream.avail_out);
            } while (m_stream.avail_out == 0);
        } while (!text.empty());
    }

private:
    z_stream m_stream{};
};

class ZstdCompressor final : public Compressor
{
public:
    ZstdCompressor()
    {
        if (!m_context)
            throw std::bad_alloc();
        ZSTD_CCtx_setParameter(m_context.get(), ZSTD_c_checksumFlag, 1);
    }

    void append(std::string_view text, Until until, std::string& out) override
    {
        m_inFrame += text.size();
        // The zstd program does not show the last block of a frame that is long and has no end.
        const bool isEnd = until == Until::End || (until == Until::Flush && m_inFrame >= kLongFrame);
        const ZSTD_EndDirective directive = isEnd ? ZSTD_e_end : until == Until::Flush ? ZSTD_e_flush : ZSTD_e_continue;
        if (isEnd)
            m_inFrame = 0;
        ZSTD_inBuffer input{text.data(), text.size(), 0};
        std::size_t left = 0;
        do {
            const std::size_t size = out.size();
            out.resize(size + kRoom);
            ZSTD_outBuffer output{out.data() + size, kRoom, 0};
            left = ZSTD_compressStream2(m_context.get(), &output, &input, directive);
            out.resize(size + output.pos);
            if (ZSTD_isError(left))
                throw std::bad_alloc();
        } while (until == Until::Later ? input.pos < input.size : left != 0);
    }

private:
    static constexpr std::size_t kLongFrame = std::size_t{1} << 16;

    struct Free
    {
        void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    };
    std::unique_ptr<ZSTD_CCtx, Free> m_context{ZSTD_createCCtx()};
    std::size_t m_inFrame = 0; // bytes of text
};

} // namespace

Compression compressionOf(std::string_view path)
{
    return path.ends_with(".gz") ? Compression::Gzip : path.ends_with(".zst") ? Compression::Zstd : Compression::None;
}

std::unique_ptr<Compressor> Compressor::make(Compression compression)
{
    switch (compression) {
    case Compression::Gzip:
        return std::make_unique<GzipCompressor>();
    case Compression::Zstd:
        return std::make_unique<ZstdCompressor>();
    case Compression::None:
        break;
    }
    return nullptr;
}

} // namespace vtscope
