using Microsoft.Win32.SafeHandles;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Compresses a file into one .xz stream. The same options and bytes give the same stream.</summary>
/// <param name="options">Those of xz.</param>
/// <param name="source">Read to its end from where it stands.</param>
/// <param name="target">Written from where it stands.</param>
/// <param name="cancellation">Ends it early.</param>
public delegate void XzProgram(CompressionOptions options, SafeFileHandle source, SafeFileHandle target, CancellationToken cancellation);

/// <summary>Writes compressed archives to files of the cache: by the libraries in this process, or much xz by a program that is quicker at it.</summary>
internal sealed class ContentEncoder(ContentCache cache, CodecRules rules, CancellationToken cancellation)
{
    /// <summary>For less, starting the program costs more than it saves.</summary>
    private const long LeastForProgram = 1 << 20;

    /// <summary>Writes a new file of the cache and returns its temporary name.</summary>
    /// <param name="codec">How.</param>
    /// <param name="bytes">Exactly how much is written before compression.</param>
    /// <param name="write">Writes the members.</param>
    public string Write(Codec codec, long bytes, Action<TarWriter> write)
    {
        var temporary = cache.NewTemporary();
        using var target = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write);
        if (rules.Xz is { } program && codec.Kind == Compression.Xz && bytes >= LeastForProgram) WriteByProgram(program, target, codec, write);
        else WriteHere(target, codec, bytes, write);
        return temporary;
    }

    private static void WriteHere(FileStream target, Codec codec, long bytes, Action<TarWriter> write)
    {
        using var stream = codec.Open(target, bytes);
        using var tar = new TarWriter(stream, leaveOpen: true);
        write(tar);
    }

    private void WriteByProgram(XzProgram compress, FileStream target, Codec codec, Action<TarWriter> write)
    {
        using var plain = new FileStream(cache.NewTemporary(), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        using (var tar = new TarWriter(plain, leaveOpen: true)) write(tar);
        plain.Flush();
        plain.Position = 0;
        compress(codec.Options, plain.SafeFileHandle, target.SafeFileHandle, cancellation);
    }
}
