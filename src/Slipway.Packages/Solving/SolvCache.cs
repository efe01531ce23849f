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
    private const int Form = 4;
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

    /// <summary>Fills an empty repository from what <see cref="Write"/> gave.</summary>
    public static void Load(string name, byte[] written, nint repository)
    {
        using var opened = NativeFile.OfBytes(written);
        if (Solv.RepoAddSolv(repository, opened.Pointer, 0) != 0) throw new SlipwayException($"load the index {name}", "libsolv cannot read what it just wrote", "install libsolv1 0.7");
    }

    /// <summary>A repository in libsolv's own form.</summary>
    public static byte[] Write(string name, nint repository)
    {
        nint memory = 0;
        nuint length = 0;
        var stream = Solv.FileOpenGrowing(&memory, &length);
        if (stream == 0) throw new SlipwayException($"write the index {name}", Marshal.GetLastPInvokeErrorMessage());
        try
        {
            var written = Solv.RepoWrite(repository, stream);
            var closed = Solv.FileClose(stream);
            if (written != 0 || closed != 0 || length > int.MaxValue) throw new SlipwayException($"write the index {name}", "libsolv could not write it");
            return new ReadOnlySpan<byte>((void*)memory, (int)length).ToArray();
        }
        finally
        {
            Solv.Free(memory);
        }
    }

    public void Save(string name, Digest content, byte[] written)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.Write(FileOf(name, content), destination =>
        {
            destination.Write(written);
            destination.Write(Digest.Of(written).ToBytes());
        });
        foreach (var old in Directory.GetFiles(directory, Prefix(name) + "*.solv"))
            if (old != FileOf(name, content)) File.Delete(old);
    }

    private string FileOf(string name, Digest content) => Path.Combine(directory, $"{Prefix(name)}{content.ToString()[..32]}.solv");

    private string Prefix(string name) =>
        Digest.Of(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{type} {Form} {name}"))).ToString()[..12] + "-";
}
