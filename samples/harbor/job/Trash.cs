namespace Slipway.Harbor;

/// <summary>Gets old directory trees out of the way at once and deletes them beside the work: some disks take longer to delete a root than to install one.</summary>
internal sealed class Trash(string directory) : IAsyncDisposable
{
    private readonly List<Task> _deleting = [];

    public void Take(string path)
    {
        if (!Directory.Exists(path)) return;
        Directory.CreateDirectory(directory);
        var gone = Path.Combine(directory, Guid.NewGuid().ToString("N"));
        Directory.Move(path, gone);
        lock (_deleting) _deleting.Add(Task.Run(() => Directory.Delete(gone, recursive: true)));
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_deleting);
}
