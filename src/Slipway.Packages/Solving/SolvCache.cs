using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Slipway.Content;
using Slipway.Packages.Solving.Native;

namespace Slipway.Packages.Solving;

/// <summary>Parsed indexes in libsolv's own form, by the digest of the text they came from; one per repository name.</summary>
internal sealed unsafe class SolvCache(string directory, PackageType type)
{
    // Counts up when what is put into a pool from the same text changes.
    private const int Form = 3;
    private const int DigestLength = 32;

    /// <summary>Fills an empty repository; false when there is no usable cache.</summary>
    public bool TryLoad(string name, Digest content, nint repository)
    {
        var file = FileOf(name, content);
        if (!File.Exists(file)) return false;
        var bytes = File.ReadAllBytes(file);
        // libsolv reads parts of the file late and would take a damaged one for a poorer index, so the end of it is a sha256 of the rest.
        if (bytes.Length > DigestLength && Digest.Of(bytes.AsSpan(0, bytes.Length - DigestLength)) == Digest.FromBytes(bytes.AsSpan(bytes.Length - DigestLength)))
        {
            using var opened = NativeFile.OfBytes(bytes, bytes.Length - DigestLength);
            if (Solv.RepoAddSolv(repository, opened.Pointer, 0) == 0) return true;
            Solv.RepoEmpty(repository, 1);
        }
        File.Delete(file);
        return false;
    }

    public void Save(string name, Digest content, nint repository)
    {
        nint memory = 0;
        nuint length = 0;
        var stream = Solv.FileOpenGrowing(&memory, &length);
        if (stream == 0) throw new SlipwayException($"cache the index {name}", Marshal.GetLastPInvokeErrorMessage());
        try
        {
            var written = Solv.RepoWrite(repository, stream);
            var closed = Solv.FileClose(stream);
            if (written != 0 || closed != 0 || length > int.MaxValue) return;
            Directory.CreateDirectory(directory);
            var (start, body) = (memory, (int)length);
            AtomicFile.Write(FileOf(name, content), destination =>
            {
                var bytes = new ReadOnlySpan<byte>((void*)start, body);
                destination.Write(bytes);
                destination.Write(Digest.Of(bytes).ToBytes());
            });
        }
        finally
        {
            Solv.Free(memory);
        }
        foreach (var old in Directory.GetFiles(directory, Prefix(name) + "*.solv"))
            if (old != FileOf(name, content)) File.Delete(old);
    }

    private string FileOf(string name, Digest content) => Path.Combine(directory, $"{Prefix(name)}{content.ToString()[..32]}.solv");

    private string Prefix(string name) =>
        Digest.Of(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{type} {Form} {name}"))).ToString()[..12] + "-";
}
