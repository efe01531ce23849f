using System.Globalization;
using System.Text.Json;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>A device's state directory, laid out as the swupd client's (format 2.3); what only Slipway has is below slipway/.</summary>
internal sealed class DeviceState : IDisposable
{
    private const long MaxSmallFile = 1 << 20;

    private readonly string _cache;
    private FileStream? _lock;

    public DeviceState(string directory, string contentUrl)
    {
        Directory = Path.GetFullPath(directory);
        _cache = Path.Combine(Directory, "cache", CacheName(contentUrl));
    }

    public string Directory { get; }

    public string Downloads => Path.Combine(_cache, "download");

    public string Deltas => Path.Combine(_cache, "delta");

    public string Staged => Path.Combine(_cache, "staged");

    /// <summary>The name of a URL's part of the cache.</summary>
    public static string CacheName(string url) => url.TrimEnd('/').Replace(':', '_').Replace('/', '_');

    /// <summary>Makes the directories.</summary>
    public void Prepare()
    {
        var (bundles, manifests, temporary) = (Path.Combine(Directory, "bundles"), Path.Combine(_cache, "manifest"), Path.Combine(_cache, "temp"));
        foreach (var directory in (string[])[Directory, bundles, Own(), _cache, manifests, Downloads, Deltas, Staged, temporary])
        {
            System.IO.Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Takes the lock; one process at a time changes a device.</summary>
    public void Lock()
    {
        var file = Path.Combine(Directory, "swupd_lock");
        try
        {
            _lock = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new SlipwayException($"device state {Directory}", "another process is working on it", "wait until it has ended", error) { Kind = FailureKind.Blocked };
        }
    }

    public string ManifestFile(uint version, string name) => Path.Combine(_cache, "manifest", version.ToString(CultureInfo.InvariantCulture), name);

    public void SaveManifest(uint version, string name, ReadOnlySpan<byte> content)
    {
        var file = ManifestFile(version, name);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        AtomicFile.Write(file, content);
    }

    /// <summary>Forgets the manifests of versions that are no longer used.</summary>
    public void KeepManifests(IReadOnlySet<uint> versions)
    {
        foreach (var directory in new DirectoryInfo(Path.Combine(_cache, "manifest")).EnumerateDirectories())
        {
            if (!uint.TryParse(directory.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var version) || !versions.Contains(version))
            {
                Empty(directory.FullName);
                directory.Delete();
            }
        }
    }

    public string PackMarker(string bundle, uint from, uint to) => Path.Combine(_cache, $"pack-{bundle}-from-{from}-to-{to}.tar");

    /// <summary>Removes what was kept for going on after a stop.</summary>
    public void ForgetDownloads()
    {
        Empty(Downloads);
        Empty(Deltas);
        foreach (var marker in System.IO.Directory.EnumerateFiles(_cache, "pack-*.tar"))
        {
            File.Delete(marker);
        }
    }

    public uint Version
    {
        get => uint.TryParse(ReadText(Path.Combine(Directory, "version")), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
        set => AtomicFile.WriteText(Path.Combine(Directory, "version"), value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The bundles after the last change; for roots whose bundles bring no tracking files.</summary>
    public IReadOnlyList<string> Installed
    {
        get => ReadText(Own("installed.json")) is { } text ? JsonSerializer.Deserialize<string[]>(text) ?? [] : [];
        set => AtomicFile.Write(Own("installed.json"), JsonSerializer.SerializeToUtf8Bytes(value));
    }

    public bool IsTracked(string bundle) => File.Exists(Path.Combine(Directory, "bundles", bundle));

    public void Track(string bundle) => AtomicFile.Write(Path.Combine(Directory, "bundles", bundle), []);

    public void Untrack(string bundle) => File.Delete(Path.Combine(Directory, "bundles", bundle));

    /// <summary>The change of the root that has begun and is not finished; null when there is none.</summary>
    public RootTransaction? Transaction
    {
        get => ReadText(Own("transaction.json")) is { } text ? JsonSerializer.Deserialize<RootTransaction>(text) : null;
        set
        {
            if (value is null)
            {
                File.Delete(Own("transaction.json"));
                return;
            }
            AtomicFile.Write(Own("transaction.json"), JsonSerializer.SerializeToUtf8Bytes(value));
        }
    }

    /// <summary>The highest sequence seen of each channel.</summary>
    public Dictionary<string, long> Sequences
    {
        get => ReadText(Own("channels.json")) is { } text ? JsonSerializer.Deserialize<Dictionary<string, long>>(text) ?? [] : [];
        set
        {
            System.IO.Directory.CreateDirectory(Own());
            AtomicFile.Write(Own("channels.json"), JsonSerializer.SerializeToUtf8Bytes(value));
        }
    }

    /// <summary>A file of Slipway's own; the directory when no name is given.</summary>
    public string Own(string name = "") => Path.Combine(Directory, "slipway", name);

    public void Dispose() => _lock?.Dispose();

    private static string? ReadText(string file)
    {
        var info = new FileInfo(file);
        return info is { Exists: true, Length: <= MaxSmallFile } ? File.ReadAllText(file).Trim() : null;
    }

    private static void Empty(string directory)
    {
        foreach (var file in System.IO.Directory.EnumerateFiles(directory))
        {
            File.Delete(file);
        }
    }
}

/// <summary>A change of the root that has begun: whoever comes next finishes it before anything else (format 2.6).</summary>
/// <param name="From">The version before; 0 for a new root.</param>
/// <param name="FromBundles">The bundles before.</param>
/// <param name="To">The version after.</param>
/// <param name="ToBundles">The bundles after.</param>
internal sealed record RootTransaction(uint From, IReadOnlyList<string> FromBundles, uint To, IReadOnlyList<string> ToBundles);
