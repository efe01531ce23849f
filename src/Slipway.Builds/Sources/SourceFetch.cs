using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds;

/// <summary>A file of <c>sources</c> cannot be had.</summary>
public sealed class SourceException(string why, bool infrastructure) : Exception(why)
{
    /// <summary>Whether it may be had later: the network failed, not the digest.</summary>
    public bool Infrastructure { get; } = infrastructure;
}

/// <summary>Gets the files that a package names in <c>sources</c> into the content store, by digest, and from there beside its recipe.</summary>
public sealed class SourceFetch(ContentStore store, HostApt? apt, HttpClient http, string scratch) : IDisposable
{
    /// <summary>Longest file fetched, in bytes.</summary>
    public const long MaxBytes = 4L << 30;

    /// <summary>Environment of git's transports, such as GIT_SSL_CAINFO. Unset: none.</summary>
    public IReadOnlyDictionary<string, string>? GitEnvironment { get; init; }

    // The machine's apt state is one: two builds of one package want the same file at the same time.
    private readonly SemaphoreSlim _fetching = new(1, 1);

    /// <summary>Puts every file that the directory's <c>sources</c> names into it; does nothing without that file.</summary>
    public async Task PlaceAsync(string directory, Action<string> say, CancellationToken cancellation)
    {
        var list = Path.Combine(directory, SourcesFile.FileName);
        if (!File.Exists(list)) return;
        var files = SourcesFile.Parse(await File.ReadAllTextAsync(list, cancellation).ConfigureAwait(false), SourcesFile.FileName, out var faults);
        if (faults.Count > 0) throw new SourceException(string.Join("; ", faults), infrastructure: false);
        foreach (var file in files)
        {
            if (!store.Contains(file.Digest)) await FetchAsync(file, files, say, cancellation).ConfigureAwait(false);
            var place = Path.Combine(directory, file.Name);
            if (Path.Exists(place)) throw new SourceException($"sources names `{file.Name}`, which git has too", infrastructure: false);
            await using var from = store.Open(file.Digest);
            await using var to = new FileStream(place, FileMode.CreateNew);
            await from.CopyToAsync(to, cancellation).ConfigureAwait(false);
        }
    }

    private async Task FetchAsync(SourceFile file, IReadOnlyList<SourceFile> all, Action<string> say, CancellationToken cancellation)
    {
        await _fetching.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (store.Contains(file.Digest)) return;
            say($"fetching {file.Name} from {file.Origin}");
            if (file.Origin.StartsWith("apt-source:", StringComparison.Ordinal)) FetchFromApt(file, all, cancellation);
            else if (file.Origin.StartsWith("git+", StringComparison.Ordinal)) FetchFromGit(file, cancellation);
            else if (file.Origin.StartsWith("https://", StringComparison.Ordinal)) await FetchFromWebAsync(file, cancellation).ConfigureAwait(false);
            if (!store.Contains(file.Digest)) throw new SourceException($"{file.Name}: {file.Origin} has no file with the digest {file.Digest}", infrastructure: false);
        }
        finally
        {
            _fetching.Release();
        }
    }

    private void FetchFromApt(SourceFile file, IReadOnlyList<SourceFile> all, CancellationToken cancellation)
    {
        if (apt is null) throw new SourceException($"{file.Name}: this machine has no apt", infrastructure: false);
        var directory = Path.Combine(scratch, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(directory);
        try
        {
            var fetched = apt.FetchSource(file.Origin["apt-source:".Length..], directory, cancellation: cancellation);
            var wanted = all.Select(one => one.Digest).ToHashSet();
            foreach (var one in fetched.Files.Where(one => wanted.Contains(one.Digest))) store.AddFile(Path.Combine(directory, one.Name));
        }
        catch (SlipwayException error) when (error.Kind == FailureKind.Unreachable)
        {
            throw new SourceException(error.Message, infrastructure: true);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private void FetchFromGit(SourceFile file, CancellationToken cancellation)
    {
        var hash = file.Origin.IndexOf('#', StringComparison.Ordinal);
        var (url, commit, path) = (file.Origin[4..hash], file.Origin[(hash + 1)..(hash + 41)], file.Origin[(hash + 42)..]);
        var directory = Path.Combine(scratch, Guid.NewGuid().ToString("N"));
        try
        {
            Git.Init(directory, bare: true);
            var git = new Git(directory) { Environment = GitEnvironment };
            git.Fetch(url, cancellation, commit);
            if (git.ReadFile(commit, BytePath.From(path)) is { } bytes && Digest.Of(bytes) == file.Digest) store.Add(bytes);
        }
        catch (SlipwayException error)
        {
            throw new SourceException($"{file.Name}: {error.Message}", infrastructure: true);
        }
        finally
        {
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        }
    }

    private async Task FetchFromWebAsync(SourceFile file, CancellationToken cancellation)
    {
        var temporary = Path.Combine(scratch, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(scratch);
        try
        {
            using var response = await http.GetAsync(new Uri(file.Origin), HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
            await using (var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false))
            await using (var to = new FileStream(temporary, FileMode.CreateNew))
                await CopyAsync(body, to, cancellation).ConfigureAwait(false);
            // Only what has the right digest gets into the store: the store never forgets by itself.
            if (Digest.OfFile(temporary) == file.Digest) store.AddFile(temporary);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new SourceException($"{file.Name}: {file.Origin}: {error.Message}", infrastructure: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static async Task CopyAsync(Stream from, Stream to, CancellationToken cancellation)
    {
        var buffer = new byte[1 << 16];
        var total = 0L;
        while (await from.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and var count)
        {
            if ((total += count) > MaxBytes) throw new IOException($"longer than {MaxBytes} bytes");
            await to.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
        }
    }

    public void Dispose() => _fetching.Dispose();
}
